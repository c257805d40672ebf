/* A disk on which what is written takes BENCH_FSYNC_US microseconds more to arrive, for `bench/delivery.py`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void arrive(void) {
    const char *wait = getenv("BENCH_FSYNC_US");
    if (wait) usleep((useconds_t)atoi(wait));
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    arrive();
    return real(file);
}

int fdatasync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    arrive();
    return real(file);
}
