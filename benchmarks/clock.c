/* A clock that jumps, for benchmarks/soak.py: preloaded into the service, it adds the seconds that SOAK_CLOCK's first
   eight bytes hold to the time of day. Monotonic clocks stay what they are. libfaketime would do, but time.sleep of
   Python 3.11 fails under it (EINVAL from clock_nanosleep, seen with 0.9.10). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long *offset;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("SOAK_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) offset = mapped;
}

static long long shift(void) { return offset ? *offset : 0; }

int clock_gettime(clockid_t id, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, id, now);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);
    if (!failed) { now->tv_sec = exact.tv_sec; now->tv_usec = exact.tv_nsec / 1000; }
    return failed;
}

time_t time(time_t *out) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (out) *out = exact.tv_sec;
    return exact.tv_sec;
}

/* Deadlines by the time of day are given to the kernel, which knows the real one. Those by a monotonic clock are small. */
static struct timespec real(const struct timespec *deadline) {
    struct timespec moved = *deadline;
    if (moved.tv_sec > 1000000000) moved.tv_sec -= shift();
    return moved;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next) next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec moved = real(deadline);
    return next(condition, mutex, &moved);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *deadline) {
    static int (*next)(sem_t *, const struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec moved = real(deadline);
    return next(semaphore, &moved);
}

/* What Python's Event.wait(60) sleeps in. A jump ends it when the time that was left has been jumped over, as that time
   would have: else Dagster's scheduler sleeps a real minute after each jump. Looked at five times a second. */
int sem_clockwait(sem_t *semaphore, clockid_t id, const struct timespec *deadline) {
    static int (*next)(sem_t *, clockid_t, const struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "sem_clockwait");
    const struct timespec last = real(deadline);
    const long long before = shift();
    for (;;) {
        struct timespec now, look;
        syscall(SYS_clock_gettime, id, &now);
        look = now;
        look.tv_nsec += 200000000;
        if (look.tv_nsec >= 1000000000) { look.tv_nsec -= 1000000000; look.tv_sec++; }
        const int is_last = last.tv_sec < look.tv_sec || (last.tv_sec == look.tv_sec && last.tv_nsec <= look.tv_nsec);
        if (next(semaphore, id, is_last ? &last : &look) == 0) return 0;
        if (errno != ETIMEDOUT || is_last) return -1;
        if (shift() - before > last.tv_sec - now.tv_sec) { errno = ETIMEDOUT; return -1; }
    }
}
