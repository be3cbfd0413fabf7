#include "delta/log_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

enum { VERSION_DIGITS = 20 };

static pqt_status end_text(buffer *out, pqt_error *error)
{
    TRY(buffer_append_u8(out, 0, error));
    out->size_bytes--;
    return PQT_OK;
}

pqt_status log_file_prefix(const char *root, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s/_delta_log/", root));
    return end_text(out, error);
}

pqt_status log_file_key(const char *root, int64_t version, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s/_delta_log/%020" PRId64 ".json", root, version));
    return end_text(out, error);
}

bool log_file_version(const char *name, int64_t *version)
{
    if (strlen(name) != VERSION_DIGITS + 5 || strcmp(name + VERSION_DIGITS, ".json") != 0)
        return false;
    int64_t value = 0;
    for (int i = 0; i < VERSION_DIGITS; i++) {
        if (!isdigit((unsigned char)name[i])) return false;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_add_overflow(value, name[i] - '0', &value)) return false;
    }
    *version = value;
    return true;
}

static bool is_plain(char c)
{
    return isalnum((unsigned char)c) || strchr("/-_.~=", c) != NULL;
}

pqt_status log_path_encode(const char *path, buffer *out, pqt_error *error)
{
    for (const char *at = path; *at; at++) {
        if (is_plain(*at))
            TRY(buffer_append(out, at, 1, error));
        else
            TRY(buffer_printf(out, error, "%%%02X", (unsigned char)*at));
    }
    return end_text(out, error);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool leaves_the_table(const char *path)
{
    for (const char *part = path;; part++) {
        const size_t length = strcspn(part, "/");
        if (length == 2 && part[0] == '.' && part[1] == '.') return true;
        part += length;
        if (*part == 0) return false;
    }
}

/* Whether the URI begins with a scheme, as s3: or file: do. */
static bool has_scheme(const char *uri)
{
    const size_t length = strcspn(uri, ":/");
    return length > 0 && uri[length] == ':';
}

/* Undoes the escapes in place; the result is never longer. */
static bool decode_escapes(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++, to++) {
        *to = *at;
        if (*at != '%') continue;
        const int high = hex_digit(at[1]), low = high < 0 ? -1 : hex_digit(at[2]);
        if (low < 0 || high * 16 + low == 0) return false;
        *to = (char)(high * 16 + low);
        at += 2;
    }
    *to = 0;
    return true;
}

pqt_status log_path_decode(const char *uri, arena *memory, const char **out,
                           pqt_error *error)
{
    if (uri[0] == '/' || has_scheme(uri))
        return error_set(error, PQT_UNSUPPORTED,
                         "the data file '%.200s' has an absolute path; expected one "
                         "relative to the table",
                         uri);
    char *path = arena_text(memory, view_text(uri));
    if (!path) return error_no_memory(error, strlen(uri));
    if (!decode_escapes(path) || *path == 0 || leaves_the_table(path))
        return error_set(error, PQT_CORRUPT,
                         "the data file's path '%.200s' is not one inside the table",
                         uri);
    *out = path;
    return PQT_OK;
}
