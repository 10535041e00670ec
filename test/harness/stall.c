/* Preloaded: while the file STALL_FILE exists, each sync to disk takes half a second, as on a disk that stalls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int synced(const char *name, int fd) {
  const char *file = getenv("STALL_FILE");
  if (file && access(file, F_OK) == 0) usleep(500000);
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(fd);
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
