#include "delta/log_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

enum { VERSION_DIGITS = 20, PART_DIGITS = 10, MOST_PARTS = 1 << 20 };

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

/* `digits` digits at the beginning, and what is behind them. */
static bool read_number(const char *text, int digits, int64_t *out, const char **behind)
{
    int64_t value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)text[i])) return false;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_add_overflow(value, text[i] - '0', &value)) return false;
    }
    *out = value;
    *behind = text + digits;
    return true;
}

static bool is_version_with(const char *name, const char *end, int64_t *version)
{
    const char *behind;
    int64_t value;
    if (!read_number(name, VERSION_DIGITS, &value, &behind)) return false;
    if (strcmp(behind, end) != 0) return false;
    *version = value;
    return true;
}

bool log_file_version(const char *name, int64_t *version)
{
    return is_version_with(name, ".json", version);
}

bool log_checksum_version(const char *name, int64_t *version)
{
    return is_version_with(name, ".crc", version);
}

pqt_status log_checkpoint_key(const char *root, log_checkpoint checkpoint, buffer *out,
                              pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s/_delta_log/%020" PRId64 ".checkpoint", root,
                      checkpoint.version));
    if (checkpoint.parts > 0)
        TRY(buffer_printf(out, error, ".%010d.%010d", checkpoint.part, checkpoint.parts));
    TRY(buffer_append_text(out, ".parquet", error));
    return end_text(out, error);
}

pqt_status log_hint_key(const char *root, buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s/_delta_log/_last_checkpoint", root));
    return end_text(out, error);
}

/* ".0000000001.0000000003.parquet" */
static bool read_part(const char *text, log_checkpoint *out)
{
    int64_t part, parts;
    if (*text != '.' || !read_number(text + 1, PART_DIGITS, &part, &text)) return false;
    if (*text != '.' || !read_number(text + 1, PART_DIGITS, &parts, &text)) return false;
    if (strcmp(text, ".parquet") != 0) return false;
    if (part < 1 || part > parts || parts > MOST_PARTS) return false;
    out->part = (int32_t)part;
    out->parts = (int32_t)parts;
    return true;
}

static bool is_v2_name(const char *text)
{
    enum { UUID_CHARACTERS = 36 };
    if (strlen(text) < UUID_CHARACTERS + 2 || text[0] != '.') return false;
    const char *end = text + 1 + UUID_CHARACTERS;
    return strcmp(end, ".parquet") == 0 || strcmp(end, ".json") == 0;
}

bool log_checkpoint_name(const char *name, log_checkpoint *out)
{
    static const char word[] = ".checkpoint";
    const char *behind;
    log_checkpoint found = {0};
    if (!read_number(name, VERSION_DIGITS, &found.version, &behind)) return false;
    if (strncmp(behind, word, sizeof word - 1) != 0) return false;
    behind += sizeof word - 1;
    if (strcmp(behind, ".parquet") != 0 && !read_part(behind, &found)) {
        if (!is_v2_name(behind)) return false;
        found.part = -1;
    }
    *out = found;
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
