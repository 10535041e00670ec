/*
 * Preloaded: a disk that fails on request. DISK_FILE names a file with a line for each fault,
 *   CALL ERRNO FIRST COUNT SUFFIX
 * CALL is sync or write: from the FIRST-th such call on a file whose name ends in SUFFIX, COUNT of them fail with ERRNO.
 * It is read anew whenever it has changed; the calls are counted from then on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FAULTS 8
struct fault { char call[16]; int error; long first; long count; char suffix[64]; long seen; };
static struct fault faults[MAX_FAULTS];
static int fault_count;
static struct timespec read_at;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void read_faults(const char *path) {
  struct stat now;
  if (stat(path, &now) != 0) { fault_count = 0; read_at.tv_nsec = -1; return; }
  if (now.st_mtim.tv_sec == read_at.tv_sec && now.st_mtim.tv_nsec == read_at.tv_nsec) return;
  read_at = now.st_mtim;
  fault_count = 0;
  FILE *file = fopen(path, "r");
  if (!file) return;
  struct fault *f = &faults[0];
  while (fault_count < MAX_FAULTS &&
         fscanf(file, "%15s %d %ld %ld %63s", f->call, &f->error, &f->first, &f->count, f->suffix) == 5) {
    f->seen = 0;
    f = &faults[++fault_count];
  }
  fclose(file);
}

/* The error that this call is to fail with, or 0. */
static int fault_of(const char *call, int fd) {
  const char *path = getenv("DISK_FILE");
  if (!path) return 0;
  char link[64], name[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < 0) return 0;
  name[length] = 0;
  int error = 0;
  pthread_mutex_lock(&lock);
  read_faults(path);
  for (int i = 0; i < fault_count; i++) {
    struct fault *f = &faults[i];
    size_t suffix = strlen(f->suffix);
    if (strcmp(f->call, call) != 0 || (size_t)length < suffix) continue;
    if (strcmp(name + length - suffix, f->suffix) != 0) continue;
    long at = ++f->seen;
    if (at >= f->first && at < f->first + f->count) error = f->error;
  }
  pthread_mutex_unlock(&lock);
  return error;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int fd) {
  REAL(fsync);
  int error = fault_of("sync", fd);
  if (error) { errno = error; return -1; }
  return real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  int error = fault_of("sync", fd);
  if (error) { errno = error; return -1; }
  return real(fd);
}

ssize_t pwrite64(int fd, const void *from, size_t bytes, off64_t at) {
  REAL(pwrite64);
  int error = fault_of("write", fd);
  if (error) { errno = error; return -1; }
  return real(fd, from, bytes, at);
}

ssize_t pwrite(int fd, const void *from, size_t bytes, off_t at) {
  REAL(pwrite);
  int error = fault_of("write", fd);
  if (error) { errno = error; return -1; }
  return real(fd, from, bytes, at);
}
