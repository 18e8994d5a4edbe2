/* An ALSA mixer whose controls' values are integers in a file: those of a small USB card.
 *
 *     ctl_type.file_mixer { lib "/path/of/this.so" }
 *     ctl.name { type file_mixer path "/path/of/the/file" get_ms 0 }
 *
 * A control is read in get_ms milliseconds, and all of them are when the mixer is opened.
 * What is written to the control "Stuck" is taken, and changes nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>

static const struct {
    const char *name;
    int type;
    long most;
} CONTROLS[] = {
    {"Mic Capture Volume", SND_CTL_ELEM_TYPE_INTEGER, 16},
    {"Mic Capture Switch", SND_CTL_ELEM_TYPE_BOOLEAN, 1},
    {"Mic Playback Switch", SND_CTL_ELEM_TYPE_BOOLEAN, 1},
    {"Speaker Playback Volume", SND_CTL_ELEM_TYPE_INTEGER, 37},
    {"Auto Gain Control", SND_CTL_ELEM_TYPE_BOOLEAN, 1},
    {"Input Source", SND_CTL_ELEM_TYPE_ENUMERATED, 1},
    {"Stuck Playback Volume", SND_CTL_ELEM_TYPE_INTEGER, 10},
};
enum { COUNT = sizeof CONTROLS / sizeof *CONTROLS, SPEAKER = 3, STUCK = 6 };
static const char *const ITEMS[] = {"Line", "Mic"};

struct mixer {
    snd_ctl_ext_t ext;
    int file;
    long get_ms;
};

static int get(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *value)
{
    struct mixer *mixer = ext->private_data;
    usleep(mixer->get_ms * 1000);
    ssize_t size = pread(mixer->file, value, sizeof *value, key * sizeof *value);
    return size == sizeof *value ? 0 : -EIO;
}

static int set(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int value)
{
    struct mixer *mixer = ext->private_data;
    if (key == STUCK)
        return 1;
    ssize_t size = pwrite(mixer->file, &value, sizeof value, key * sizeof value);
    return size == sizeof value ? 1 : -EIO;
}

static void close_mixer(snd_ctl_ext_t *ext)
{
    struct mixer *mixer = ext->private_data;
    close(mixer->file);
    close(ext->poll_fd);
    free(mixer);
}

static int elem_count(snd_ctl_ext_t *ext)
{
    (void)ext;
    return COUNT;
}

static int elem_list(snd_ctl_ext_t *ext, unsigned int offset, snd_ctl_elem_id_t *id)
{
    (void)ext;
    snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
    snd_ctl_elem_id_set_name(id, CONTROLS[offset].name);
    return 0;
}

static snd_ctl_ext_key_t find_elem(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
    (void)ext;
    for (snd_ctl_ext_key_t key = 0; key < COUNT; key++)
        if (strcmp(snd_ctl_elem_id_get_name(id), CONTROLS[key].name) == 0)
            return key;
    return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int get_attribute(
    snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned int *access, unsigned int *count)
{
    (void)ext;
    *type = CONTROLS[key].type;
    *access = SND_CTL_EXT_ACCESS_READWRITE;
    if (key == SPEAKER)
        *access |= SND_CTL_EXT_ACCESS_TLV_READ | SND_CTL_EXT_ACCESS_TLV_CALLBACK;
    *count = 1;
    return 0;
}

static int get_integer_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *least, long *most, long *step)
{
    (void)ext;
    *least = 0;
    *most = CONTROLS[key].most;
    *step = 0;
    return 0;
}

static int get_enumerated_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *items)
{
    (void)ext;
    *items = CONTROLS[key].most + 1;
    return 0;
}

static int get_enumerated_name(
    snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int item, char *name, size_t most)
{
    (void)ext;
    (void)key;
    snprintf(name, most, "%s", ITEMS[item]);
    return 0;
}

static int read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
    int kept = 0;
    int refused = get(ext, key, &kept);
    *value = kept;
    return refused;
}

static int write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
    return set(ext, key, (int)*value);
}

static int read_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *item)
{
    int kept = 0;
    int refused = get(ext, key, &kept);
    *item = (unsigned int)kept;
    return refused;
}

static int write_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned int *item)
{
    return set(ext, key, (int)*item);
}

/* From -37 to 0 dB, by 1 dB. */
static int tell_scale(
    snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int operation, unsigned int number, unsigned int *tlv,
    unsigned int size)
{
    static const unsigned int SCALE[] = {SND_CTL_TLVT_DB_SCALE, 8, (unsigned int)-3700, 100};
    (void)ext;
    (void)number;
    if (operation != 0 || key != SPEAKER || size < sizeof SCALE)
        return -ENXIO;
    memcpy(tlv, SCALE, sizeof SCALE);
    return 0;
}

static void subscribe_events(snd_ctl_ext_t *ext, int subscribe)
{
    (void)ext;
    (void)subscribe;
}

static int read_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned int *mask)
{
    (void)ext;
    (void)id;
    (void)mask;
    return -EAGAIN;
}

static const snd_ctl_ext_callback_t CALLBACKS = {
    .close = close_mixer,
    .elem_count = elem_count,
    .elem_list = elem_list,
    .find_elem = find_elem,
    .get_attribute = get_attribute,
    .get_integer_info = get_integer_info,
    .get_enumerated_info = get_enumerated_info,
    .get_enumerated_name = get_enumerated_name,
    .read_integer = read_integer,
    .write_integer = write_integer,
    .read_enumerated = read_enumerated,
    .write_enumerated = write_enumerated,
    .subscribe_events = subscribe_events,
    .read_event = read_event,
};

SND_CTL_PLUGIN_DEFINE_FUNC(file_mixer)
{
    const char *path = NULL;
    long get_ms = 0;
    snd_config_iterator_t at, next;
    (void)root;
    snd_config_for_each(at, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(at);
        const char *key;
        if (snd_config_get_id(entry, &key) < 0)
            continue;
        if (strcmp(key, "path") == 0)
            snd_config_get_string(entry, &path);
        if (strcmp(key, "get_ms") == 0)
            snd_config_get_integer(entry, &get_ms);
    }
    if (!path)
        return -EINVAL;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return -errno;
    struct mixer *mixer = calloc(1, sizeof *mixer);
    if (!mixer) {
        close(file);
        return -ENOMEM;
    }
    mixer->file = file;
    mixer->get_ms = get_ms;
    mixer->ext.version = SND_CTL_EXT_VERSION;
    mixer->ext.poll_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    mixer->ext.callback = &CALLBACKS;
    mixer->ext.private_data = mixer;
    mixer->ext.tlv.c = tell_scale;
    strcpy(mixer->ext.id, "Door");
    strcpy(mixer->ext.driver, "file_mixer");
    strcpy(mixer->ext.name, "a mixer in a file");
    strcpy(mixer->ext.longname, "a mixer in a file");
    strcpy(mixer->ext.mixername, "a mixer in a file");
    int refused = snd_ctl_ext_create(&mixer->ext, name, mode);
    if (refused < 0) {
        close_mixer(&mixer->ext);
        return refused;
    }
    *handlep = mixer->ext.handle;
    return 0;
}

SND_CTL_PLUGIN_SYMBOL(file_mixer);
