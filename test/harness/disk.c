/*
 * Preloaded: a disk that fails on request. DISK_FILE names a file with a line for each fault,
 *   CALL ERRNO FIRST COUNT SUFFIX
 * CALL is sync, write, open or truncate: from the FIRST-th such call on a file whose name ends in SUFFIX, COUNT of them
 * fail with ERRNO. A SUFFIX that begins with a star is what the name holds anywhere, and a write whose ERRNO is 0 takes
 * half of its bytes. The file is read anew whenever it has changed; the calls are counted from then on. DISK_FILE.fired
 * is there once one has failed.
 *
 * With DISK_SYNCED, a folder, each sync of a file of the database leaves there what it has then: after a loss of power no
 * more than that need be there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
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

#define NO_FAULT (-1)

static void say_fired(const char *path) {
  char name[4096];
  snprintf(name, sizeof name, "%s.fired", path);
  static int (*real_open)(const char *, int, ...);
  if (!real_open) real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  int fd = real_open(name, O_CREAT | O_WRONLY, 0600);
  if (fd >= 0) close(fd);
}

static int is_named(const char *name, size_t length, const char *suffix) {
  if (suffix[0] == '*') return strstr(name, suffix + 1) != NULL;
  size_t end = strlen(suffix);
  return length >= end && strcmp(name + length - end, suffix) == 0;
}

/* The error that this call on a file of this name is to fail with, 0 for half a write, or NO_FAULT. */
static int fault_at(const char *call, const char *name) {
  const char *path = getenv("DISK_FILE");
  if (!path) return NO_FAULT;
  size_t length = strlen(name);
  int error = NO_FAULT;
  pthread_mutex_lock(&lock);
  read_faults(path);
  for (int i = 0; i < fault_count; i++) {
    struct fault *f = &faults[i];
    if (strcmp(f->call, call) != 0 || !is_named(name, length, f->suffix)) continue;
    long at = ++f->seen;
    if (at < f->first || at >= f->first + f->count) continue;
    error = f->error;
    say_fired(path);
  }
  pthread_mutex_unlock(&lock);
  return error;
}

static int name_of(int fd, char *name, size_t bytes) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, bytes - 1);
  if (length < 0) return 0;
  name[length] = 0;
  return 1;
}

static int fault_of(const char *call, int fd) {
  char name[4096];
  return name_of(fd, name, sizeof name) ? fault_at(call, name) : NO_FAULT;
}

/* Through the descriptor itself: to open and close the file once more would drop the locks on it. */
static void keep_synced(int fd) {
  const char *folder = getenv("DISK_SYNCED");
  char name[4096], next[8192], kept[8192];
  if (!folder || !name_of(fd, name, sizeof name)) return;
  const char *base = strrchr(name, '/');
  if (!base || strncmp(base + 1, "inlet.db", 8) != 0) return;
  snprintf(next, sizeof next, "%s/%s.%d.%d.next", folder, base + 1, getpid(), fd);
  snprintf(kept, sizeof kept, "%s/%s", folder, base + 1);
  FILE *file = fopen(next, "w");
  if (!file) return;
  static __thread char bytes[65536];
  ssize_t count;
  for (off64_t at = 0; (count = pread64(fd, bytes, sizeof bytes, at)) > 0; at += count)
    fwrite(bytes, 1, (size_t)count, file);
  fclose(file);
  rename(next, kept);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int fd) {
  REAL(fsync);
  int error = fault_of("sync", fd);
  if (error != NO_FAULT) { errno = error; return -1; }
  int result = real(fd);
  if (result == 0) keep_synced(fd);
  return result;
}

int fdatasync(int fd) {
  REAL(fdatasync);
  int error = fault_of("sync", fd);
  if (error != NO_FAULT) { errno = error; return -1; }
  int result = real(fd);
  if (result == 0) keep_synced(fd);
  return result;
}

ssize_t pwrite64(int fd, const void *from, size_t bytes, off64_t at) {
  REAL(pwrite64);
  int error = fault_of("write", fd);
  if (error == 0 && bytes > 1) bytes /= 2;
  else if (error > 0) { errno = error; return -1; }
  return real(fd, from, bytes, at);
}

ssize_t pwrite(int fd, const void *from, size_t bytes, off_t at) {
  REAL(pwrite);
  int error = fault_of("write", fd);
  if (error == 0 && bytes > 1) bytes /= 2;
  else if (error > 0) { errno = error; return -1; }
  return real(fd, from, bytes, at);
}

int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  int error = fault_of("truncate", fd);
  if (error > 0) { errno = error; return -1; }
  return real(fd, length);
}

int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  int error = fault_of("truncate", fd);
  if (error > 0) { errno = error; return -1; }
  return real(fd, length);
}

#define OPEN(name)                                                             \
  int name(const char *path, int flags, ...) {                                 \
    REAL(name);                                                                \
    mode_t mode = 0;                                                           \
    if (flags & (O_CREAT | O_TMPFILE)) {                                       \
      va_list more;                                                            \
      va_start(more, flags);                                                   \
      mode = va_arg(more, mode_t);                                             \
      va_end(more);                                                            \
    }                                                                          \
    int error = fault_at("open", path);                                        \
    if (error > 0) { errno = error; return -1; }                               \
    return real(path, flags, mode);                                            \
  }

OPEN(open)
OPEN(open64)
