#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "base/view.h"
#include "cli/options.h"
#include "cli/suggest.h"

enum { CONFIG_LIMIT_BYTES = 1 << 20 };

/* What is known while a settings file is read. */
typedef struct config_reader {
    struct options *options;
    const char *path;
    int line;
    int lines[OPTION_COUNT]; /* where each option was set; 0: not yet */
} config_reader;

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static pqt_view trim(pqt_view text)
{
    while (text.size_bytes && is_blank(text.data[0]))
        text = view_of(text.data + 1, text.size_bytes - 1);
    while (text.size_bytes && is_blank(text.data[text.size_bytes - 1])) text.size_bytes--;
    return text;
}

/* Without the quotes around the whole value, where it has them. */
static pqt_view unquote(pqt_view text)
{
    const bool quoted = text.size_bytes >= 2 && text.data[0] == '"' &&
                        text.data[text.size_bytes - 1] == '"';
    return quoted ? view_of(text.data + 1, text.size_bytes - 2) : text;
}

static pqt_status refuse_key(const config_reader *r, pqt_view key, pqt_error *error)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(key.size_bytes < 60 ? key.size_bytes : 60),
             (const char *)key.data);
    const char *nearest = NULL;
    for (int i = 0; i < OPTION_CONFIG; i++)
        nearest = suggest_nearer(name, nearest, options_table[i].name);
    return error_set(error, PQT_INVALID, "%s:%d: there is no setting '%s'%s%s%s", r->path,
                     r->line, name,
                     nearest ? "; did you mean " : "; see pqa help settings",
                     nearest ? nearest : "", nearest ? "?" : "");
}

static pqt_status read_pair(config_reader *r, pqt_view key, pqt_view value,
                            pqt_error *error)
{
    const int id = option_find((const char *)key.data, key.size_bytes);
    if (id < 0 || id >= OPTION_CONFIG) return refuse_key(r, key, error);
    const char *const name = options_table[id].name;
    if (r->lines[id] && options_table[id].kind != KIND_TEXTS)
        return error_set(error, PQT_INVALID, "%s:%d: %s is set in line %d already",
                         r->path, r->line, name, r->lines[id]);
    r->lines[id] = r->line;
    char where[512];
    snprintf(where, sizeof where, "%.400s:%d: %s", r->path, r->line, name);
    const char *const text = arena_text(&r->options->memory, value);
    if (!text) return error_no_memory(error, value.size_bytes);
    return option_store(r->options, (enum option_id)id, text, ORIGIN_FILE, where, error);
}

static pqt_status read_line(config_reader *r, pqt_view line, pqt_error *error)
{
    line = trim(line);
    if (line.size_bytes == 0 || line.data[0] == '#') return PQT_OK;
    const uint8_t *const equals = memchr(line.data, '=', line.size_bytes);
    if (!equals)
        return error_set(error, PQT_INVALID,
                         "%s:%d: expected 'name = value', found '%.*s'", r->path, r->line,
                         (int)(line.size_bytes < 40 ? line.size_bytes : 40),
                         (const char *)line.data);
    const size_t before = (size_t)(equals - line.data);
    const pqt_view key = trim(view_of(line.data, before));
    const pqt_view value = trim(view_of(equals + 1, line.size_bytes - before - 1));
    return read_pair(r, key, unquote(value), error);
}

static pqt_status check_text(const char *path, pqt_view text, pqt_error *error)
{
    size_t bad = 0;
    const uint8_t *const nul =
        text.size_bytes ? memchr(text.data, 0, text.size_bytes) : NULL;
    if (nul) bad = (size_t)(nul - text.data);
    if (!nul && utf8_is_valid(text, &bad)) return PQT_OK;
    return error_set(error, PQT_INVALID,
                     "%s is not a settings file: byte %zu is not text (UTF-8)", path,
                     bad);
}

static pqt_status read_lines(config_reader *r, pqt_view text, pqt_error *error)
{
    if (view_starts_with(text, view_text("\xef\xbb\xbf")))
        text = view_of(text.data + 3, text.size_bytes - 3);
    while (text.size_bytes) {
        const uint8_t *const end = memchr(text.data, '\n', text.size_bytes);
        const size_t length = end ? (size_t)(end - text.data) : text.size_bytes;
        r->line++;
        TRY(read_line(r, view_of(text.data, length), error));
        const size_t past = end ? length + 1 : length;
        text = view_of(text.data + past, text.size_bytes - past);
    }
    return PQT_OK;
}

static pqt_status read_config(struct options *o, const char *path, pqt_error *error)
{
    config_reader reader = {.options = o, .path = path};
    buffer content = {0};
    pqt_status status = file_read_whole(path, CONFIG_LIMIT_BYTES, &content, error);
    if (status != PQT_OK) {
        error_prefix(error, "settings file");
        goto done;
    }
    status = check_text(path, buffer_view(&content), error);
    if (status == PQT_OK) status = read_lines(&reader, buffer_view(&content), error);
done:
    buffer_free(&content);
    return status;
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* A home that this user may not look into is another's: whoever changed the user kept
 * HOME. The machine's file is no such thing: to go without it would be to go wrong. */
static bool is_own(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || errno != EACCES;
}

pqt_status options_parse_file(struct options *o, pqt_error *error)
{
    if (o->config) return read_config(o, o->config, error);
    char path[4096];
    const char *const xdg = getenv("XDG_CONFIG_HOME");
    const char *const home = getenv("HOME");
    int length = 0;
    if (xdg && xdg[0] == '/')
        length = snprintf(path, sizeof path, "%s/pqa/pqa.conf", xdg);
    else if (home && home[0] == '/')
        length = snprintf(path, sizeof path, "%s/.config/pqa/pqa.conf", home);
    if (length > 0 && (size_t)length < sizeof path && is_there(path) && is_own(path))
        return read_config(o, path, error);
    const char *const system_path = "/etc/pqa/pqa.conf";
    return is_there(system_path) ? read_config(o, system_path, error) : PQT_OK;
}
