/* Preloaded, it lets a program believe that it is 1970, as a machine without a clock of its own may. Only the time
   of day is old: what measures time goes on with the monotonic clock. */
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int now(clockid_t clock, struct timespec *to)
{
    static time_t started;
    int failed = (int)syscall(SYS_clock_gettime, clock, to);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
        return failed;
    if (!started)
        started = to->tv_sec;
    to->tv_sec -= started;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
    return now(clock, to);
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
    struct timespec found;
    (void)zone;
    now(CLOCK_REALTIME, &found);
    to->tv_sec = found.tv_sec;
    to->tv_usec = found.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *to)
{
    struct timespec found;
    now(CLOCK_REALTIME, &found);
    if (to)
        *to = found.tv_sec;
    return found.tv_sec;
}
