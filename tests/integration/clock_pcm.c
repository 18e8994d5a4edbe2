/* An ALSA microphone on the machine's clock, which hears a tone for ever: a device that no other one takes along.
 * It is gone while another process holds the lock of a file.
 *
 *     pcm_type.clock { lib "/path/of/this.so" }
 *     pcm.name { type clock lock "/path/of/a/file" rate 16000 }
 */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

enum { TONE_HZ = 700, TONE_PEAK = 8000, TICK_NS = 10000000 };

struct microphone {
    snd_pcm_ioplug_t io;
    int lock;
    struct timespec began;
    uint64_t given;
};

static int is_gone(const struct microphone *microphone)
{
    if (flock(microphone->lock, LOCK_SH | LOCK_NB) < 0)
        return 1;
    flock(microphone->lock, LOCK_UN);
    return 0;
}

static int start(snd_pcm_ioplug_t *io)
{
    struct microphone *microphone = io->private_data;
    const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
    clock_gettime(CLOCK_MONOTONIC, &microphone->began);
    microphone->given = 0;
    return timerfd_settime(io->poll_fd, 0, &tick, NULL) < 0 ? -errno : 0;
}

static int stop(snd_pcm_ioplug_t *io)
{
    const struct itimerspec never = {{0, 0}, {0, 0}};
    timerfd_settime(io->poll_fd, 0, &never, NULL);
    return 0;
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io)
{
    struct microphone *microphone = io->private_data;
    struct timespec now;
    if (is_gone(microphone))
        return -ENODEV;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = (now.tv_sec - microphone->began.tv_sec) * 1000000000LL + now.tv_nsec - microphone->began.tv_nsec;
    uint64_t captured = (uint64_t)(ns / 1000) * io->rate / 1000000;
    if (captured - microphone->given > io->buffer_size)
        return -EPIPE;
    return captured % io->buffer_size;
}

static snd_pcm_sframes_t transfer(
    snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    struct microphone *microphone = io->private_data;
    int16_t *samples = (int16_t *)((char *)areas->addr + areas->first / 8) + offset;
    for (snd_pcm_uframes_t at = 0; at < size; at++)
        samples[at] = (int16_t)(TONE_PEAK * sin(2 * M_PI * TONE_HZ * (double)microphone->given++ / io->rate));
    return (snd_pcm_sframes_t)size;
}

static int poll_revents(snd_pcm_ioplug_t *io, struct pollfd *found, unsigned int count, unsigned short *revents)
{
    uint64_t ticks;
    if (is_gone(io->private_data))
        return -ENODEV;
    *revents = 0;
    if (count == 1 && found->revents & POLLIN && read(found->fd, &ticks, sizeof ticks) > 0
        && snd_pcm_avail_update(io->pcm) > 0)
        *revents = POLLIN;
    return 0;
}

static int close_microphone(snd_pcm_ioplug_t *io)
{
    struct microphone *microphone = io->private_data;
    close(microphone->lock);
    close(io->poll_fd);
    free(microphone);
    return 0;
}

static const snd_pcm_ioplug_callback_t CALLBACKS = {
    .start = start,
    .stop = stop,
    .pointer = pointer,
    .transfer = transfer,
    .poll_revents = poll_revents,
    .close = close_microphone,
};

static int refine(snd_pcm_ioplug_t *io, long rate)
{
    static const unsigned int ACCESS = SND_PCM_ACCESS_RW_INTERLEAVED, FORMAT = SND_PCM_FORMAT_S16;
    int refused = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, &ACCESS);
    if (!refused)
        refused = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, &FORMAT);
    if (!refused)
        refused = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
    if (!refused)
        refused = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, (unsigned)rate, (unsigned)rate);
    if (!refused)
        refused = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 16);
    return refused;
}

SND_PCM_PLUGIN_DEFINE_FUNC(clock)
{
    const char *lock = NULL;
    long rate = 0;
    snd_config_iterator_t at, next;
    (void)root;
    snd_config_for_each(at, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(at);
        const char *key;
        if (snd_config_get_id(entry, &key) < 0)
            continue;
        if (strcmp(key, "lock") == 0)
            snd_config_get_string(entry, &lock);
        else if (strcmp(key, "rate") == 0)
            snd_config_get_integer(entry, &rate);
    }
    if (!lock || rate <= 0 || stream != SND_PCM_STREAM_CAPTURE)
        return -EINVAL;
    struct microphone *microphone = calloc(1, sizeof *microphone);
    if (!microphone)
        return -ENOMEM;
    microphone->lock = open(lock, O_RDONLY | O_CLOEXEC);
    microphone->io.version = SND_PCM_IOPLUG_VERSION;
    microphone->io.name = "a microphone on the machine's clock";
    microphone->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    microphone->io.poll_events = POLLIN;
    microphone->io.callback = &CALLBACKS;
    microphone->io.private_data = microphone;
    int refused = microphone->lock < 0 || is_gone(microphone) ? -ENODEV : 0;
    if (!refused)
        refused = snd_pcm_ioplug_create(&microphone->io, name, stream, mode);
    if (refused) {
        close_microphone(&microphone->io);
        return refused;
    }
    refused = refine(&microphone->io, rate);
    if (refused) {
        snd_pcm_ioplug_delete(&microphone->io);
        return refused;
    }
    *pcmp = microphone->io.pcm;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(clock);
