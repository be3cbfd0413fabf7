#include "cli/parquet_file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/view.h"

/* The keys of the options: `columns` has one each of o->column_keys. */
struct file_keys {
    const struct options *options;
    pqt_key footer;
    pqt_key *columns;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Messages do not show any of it. */
static pqt_status parse_key(const char *text, const char *where, pqt_key *out,
                            pqt_error *error)
{
    const size_t length = strlen(text);
    bool good = length == 32 || length == 48 || length == 64;
    out->size_bytes = length / 2;
    for (size_t i = 0; good && i < length; i++) {
        const int digit = hex_digit(text[i]);
        good = digit >= 0;
        if (good) out->bytes[i / 2] = (uint8_t)(out->bytes[i / 2] << 4 | digit);
    }
    if (good) return PQT_OK;
    *out = (pqt_key){0};
    return error_set(error, PQT_INVALID,
                     "%s: a key has 32, 48 or 64 hexadecimal digits; this is none",
                     where);
}

/* "COLUMN=HEX"; a name may have a '=' in it, and has the key of the first that fits. */
static pqt_status parse_column_key(const char *text, pqt_key *out, pqt_error *error)
{
    const char *const equals = strrchr(text, '=');
    if (!equals || equals == text)
        return error_set(error, PQT_INVALID,
                         "--column-key: expected the column's name, = and its key");
    return parse_key(equals + 1, "--column-key", out, error);
}

static bool is_of_column(const char *text, const char *column)
{
    const size_t length = (size_t)(strrchr(text, '=') - text);
    return strncmp(column, text, length) == 0 &&
           (column[length] == 0 || column[length] == '.');
}

static pqt_status find_key(void *self, const char *column, pqt_view key_metadata,
                           pqt_key *out, pqt_error *error)
{
    const struct file_keys *const keys = self;
    (void)key_metadata;
    (void)error;
    if (!column) {
        *out = keys->footer;
        return PQT_OK;
    }
    *out = (pqt_key){0};
    for (int i = keys->options->column_keys.count; i-- > 0;)
        if (is_of_column(keys->options->column_keys.texts[i], column))
            *out = keys->columns[i];
    return PQT_OK;
}

static pqt_status make_keys(const struct options *o, struct file_keys *keys,
                            pqt_error *error)
{
    keys->options = o;
    keys->columns =
        alloc_zeroed(NULL, (size_t)o->column_keys.count + 1, sizeof *keys->columns);
    if (!keys->columns) return error_no_memory(error, sizeof *keys->columns);
    if (o->footer_key)
        TRY(parse_key(o->footer_key, "--footer-key", &keys->footer, error));
    for (int i = 0; i < o->column_keys.count; i++)
        TRY(parse_column_key(o->column_keys.texts[i], &keys->columns[i], error));
    return PQT_OK;
}

pqt_status parquet_file_open(const char *path, const struct options *o, pqt_reader **out,
                             pqt_error *error)
{
    struct file_keys keys = {0};
    const pqt_decryption decryption = {
        .find_key = find_key,
        .self = &keys,
        .aad_prefix = o->aad_prefix ? view_text(o->aad_prefix) : (pqt_view){0}};
    const bool has_keys = o->footer_key || o->column_keys.count || o->aad_prefix;
    const pqt_reader_options options = {.decryption = has_keys ? &decryption : NULL};
    pqt_status status = make_keys(o, &keys, error);
    if (status == PQT_OK) status = pqt_reader_open_file(path, &options, out, error);
    alloc_release(NULL, keys.columns);
    return status;
}
