#include "api/json_lines.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/output_file.h"
#include "base/utf8.h"
#include "base/view.h"

enum { FILE_MOST_BYTES = 64 << 20 };

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

static pqt_status read_file(const char *path, buffer *out, pqt_error *error)
{
    const pqt_status status = file_read_whole(path, FILE_MOST_BYTES, out, error);
    return status == PQT_NOT_FOUND ? PQT_OK : status;
}

static pqt_status append_line(const char *path, pqt_view line, int most, pqt_error *error)
{
    buffer old = {0}, text = {0};
    pqt_status status = read_file(path, &old, error);
    if (status == PQT_OK && old.size_bytes > 0)
        status = append_kept(buffer_view(&old), most, &text, error);
    if (status == PQT_OK)
        status = buffer_append(&text, line.data, line.size_bytes, error);
    if (status == PQT_OK) status = buffer_append_u8(&text, '\n', error);
    if (status == PQT_OK) status = output_file_replace(path, buffer_view(&text), error);
    buffer_free(&old);
    buffer_free(&text);
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
