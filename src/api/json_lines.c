#include "api/json_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/output_file.h"
#include "base/utf8.h"
#include "base/view.h"

/* A file grows by an eighth of what is kept before it is written anew. */
enum { FILE_MOST_BYTES = 64 << 20, SPARE_SHARE = 8, MOST_TRIES = 100 };

/* Where the last lines begin, as many as are kept beside a new one. */
static size_t kept_from(pqt_view text, int most)
{
    size_t at = text.size_bytes;
    int lines = 0;
    while (at > 0) {
        if (text.data[at - 1] == '\n' && lines++ == most - 1) return at;
        at--;
    }
    return 0;
}

/* The old lines that stay (there are some); the last may have been cut off. */
static pqt_status append_kept(pqt_view old, int most, buffer *out, pqt_error *error)
{
    const size_t from = kept_from(old, most);
    TRY(buffer_append(out, old.data + from, old.size_bytes - from, error));
    return old.data[old.size_bytes - 1] == '\n' ? PQT_OK
                                                : buffer_append_u8(out, '\n', error);
}

static bool is_named(int descriptor, const char *path)
{
    struct stat opened, named;
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

static pqt_status open_file(const char *path, int *out, pqt_error *error)
{
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        return error_set(error, PQT_INVALID, "%s: is not a regular file", path);
    *out = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (*out < 0) return error_set_errno(error, errno, "%s: cannot open", path);
    return PQT_OK;
}

/* Opens it, locked. Whoever shortened it put another file in its place: then that one. A
 * file system without locks costs a line at worst. */
static pqt_status open_locked(const char *path, int *out, pqt_error *error)
{
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        int descriptor = -1;
        TRY(open_file(path, &descriptor, error));
        while (flock(descriptor, LOCK_EX) != 0 && errno == EINTR) continue;
        if (is_named(descriptor, path)) {
            *out = descriptor;
            return PQT_OK;
        }
        close(descriptor);
    }
    return error_set(error, PQT_BUSY, "%s: is replaced by others all the time", path);
}

static size_t count_lines(pqt_view text)
{
    size_t lines = 0;
    for (size_t at = 0; at < text.size_bytes; lines++) {
        const uint8_t *end = memchr(text.data + at, '\n', text.size_bytes - at);
        at = end ? (size_t)(end - text.data) + 1 : text.size_bytes;
    }
    return lines;
}

static pqt_status append_end(pqt_view line, buffer *out, pqt_error *error)
{
    TRY(buffer_append(out, line.data, line.size_bytes, error));
    return buffer_append_u8(out, '\n', error);
}

static pqt_status shorten(const char *path, pqt_view old, pqt_view line, int most,
                          pqt_error *error)
{
    buffer text = {0};
    pqt_status status = append_kept(old, most, &text, error);
    if (status == PQT_OK) status = append_end(line, &text, error);
    if (status == PQT_OK) status = output_file_replace(path, buffer_view(&text), error);
    buffer_free(&text);
    return status;
}

/* A line that could not be written whole is taken away again. */
static pqt_status extend(int descriptor, const char *path, pqt_view old, pqt_view line,
                         pqt_error *error)
{
    buffer text = {0};
    const bool was_cut = old.size_bytes > 0 && old.data[old.size_bytes - 1] != '\n';
    pqt_status status = was_cut ? buffer_append_u8(&text, '\n', error) : PQT_OK;
    if (status == PQT_OK) status = append_end(line, &text, error);
    if (status == PQT_OK) {
        status = file_write_all(descriptor, text.data, text.size_bytes, path, error);
        if (status != PQT_OK && ftruncate(descriptor, (off_t)old.size_bytes) != 0)
            error_prefix(error, "a part of a line is left");
    }
    if (status == PQT_OK) status = file_sync(descriptor, path, error);
    buffer_free(&text);
    return status;
}

static pqt_status append_line(const char *path, pqt_view line, int most, pqt_error *error)
{
    int descriptor = -1;
    buffer old = {0};
    TRY(open_locked(path, &descriptor, error));
    pqt_status status = file_read_whole(path, FILE_MOST_BYTES, &old, error);
    if (status == PQT_OK) {
        const pqt_view lines = buffer_view(&old);
        status = count_lines(lines) >= (size_t)most + (size_t)most / SPARE_SHARE
                     ? shorten(path, lines, line, most, error)
                     : extend(descriptor, path, lines, line, error);
    }
    buffer_free(&old);
    close(descriptor);
    return status;
}

pqt_status json_lines_append(const char *path, json_t *value, int most, pqt_error *error)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(value);
    if (!text) return error_no_memory(error, 1024);
    const pqt_status status = append_line(path, view_text(text), most, error);
    free(text);
    return status;
}

pqt_status json_lines_read(const char *path, json_lines_callback callback, void *self,
                           pqt_error *error)
{
    buffer text = {0};
    const pqt_status status = file_read_whole(path, FILE_MOST_BYTES, &text, error);
    for (size_t at = 0; status == PQT_OK && at < text.size_bytes;) {
        const uint8_t *begin = text.data + at;
        const uint8_t *end = memchr(begin, '\n', text.size_bytes - at);
        const size_t length = end ? (size_t)(end - begin) : text.size_bytes - at;
        json_t *value = json_loadb((const char *)begin, length, 0, NULL);
        if (value) callback(self, value);
        json_decref(value);
        at += length + 1;
    }
    buffer_free(&text);
    return status;
}

size_t json_text_bytes(const char *text)
{
    size_t bad;
    const pqt_view view = view_text(text);
    return utf8_is_valid(view, &bad) ? view.size_bytes : bad;
}
