/* An ALSA PCM that only one process can have: busy while another holds the lock of a file, else its slave.
 * While another holds the lock of a second file, it hangs as it opens.
 *
 *     pcm_type.exclusive { lib "/path/of/this.so" }
 *     pcm.name { type exclusive lock "/path/of/a/file" hangs "/path/of/another" slave "name of a PCM" }
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

static int is_locked(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int refused = flock(file, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
    close(file);
    return refused == EWOULDBLOCK ? -EBUSY : -refused;
}

static void wait_for(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        flock(file, LOCK_EX);
        close(file);
    }
}

SND_PCM_PLUGIN_DEFINE_FUNC(exclusive)
{
    const char *lock = NULL, *hangs = NULL, *slave = NULL;
    snd_config_iterator_t at, next;
    (void)name;
    snd_config_for_each(at, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(at);
        const char *key;
        if (snd_config_get_id(entry, &key) < 0)
            continue;
        if (strcmp(key, "lock") == 0)
            snd_config_get_string(entry, &lock);
        else if (strcmp(key, "hangs") == 0)
            snd_config_get_string(entry, &hangs);
        else if (strcmp(key, "slave") == 0)
            snd_config_get_string(entry, &slave);
    }
    if (!lock || !hangs || !slave)
        return -EINVAL;
    wait_for(hangs);
    int refused = is_locked(lock);
    return refused ? refused : snd_pcm_open_lconf(pcmp, slave, stream, mode, root);
}

SND_PCM_PLUGIN_SYMBOL(exclusive);
