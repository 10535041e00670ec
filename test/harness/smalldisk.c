/* Preloaded: a disk that is as full as FREE_BYTES says, of FULL_BYTES in all. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/statfs.h>

int statfs(const char *path, struct statfs *disk) {
  (void)path;
  disk->f_bsize = 1;
  disk->f_bavail = disk->f_bfree = (fsblkcnt_t)atoll(getenv("FREE_BYTES"));
  disk->f_blocks = (fsblkcnt_t)atoll(getenv("FULL_BYTES"));
  return 0;
}
