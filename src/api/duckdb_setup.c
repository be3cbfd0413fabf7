#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "api/handle.h"
#include "api/result.h"
#include "base/clock.h"

/* The statements so far, and the one that is being written. */
typedef struct setup {
    pqa_archive *archive;
    const pqa_duckdb_options *options;
    const delta_snapshot *snapshot;
    store_access access;
    arena memory;
    buffer root; /* of the table, as DuckDB finds it */
    buffer text;
    result *out;
} setup;

/* --- SQL --- */

/* Appends a string in quotes. */
static pqt_status append_literal(buffer *out, pqt_view text, pqt_error *error)
{
    TRY(buffer_append_u8(out, '\'', error));
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (text.data[i] == '\'') TRY(buffer_append_u8(out, '\'', error));
        TRY(buffer_append_u8(out, text.data[i], error));
    }
    return buffer_append_u8(out, '\'', error);
}

static pqt_status end_statement(setup *s, pqt_error *error)
{
    const result_value row = {.text = buffer_view(&s->text)};
    const pqt_status status = result_append(s->out, &row, error);
    buffer_clear(&s->text);
    return status;
}

static pqt_status add_statement(setup *s, const char *text, pqt_error *error)
{
    TRY(buffer_append_text(&s->text, text, error));
    return end_statement(s, error);
}

/* "SET NAME = 'value'"; nothing where there is no value. */
static pqt_status add_setting(setup *s, const char *name, const char *value,
                              pqt_error *error)
{
    if (!value) return PQT_OK;
    TRY(buffer_printf(&s->text, error, "SET %s = ", name));
    TRY(append_literal(&s->text, view_text(value), error));
    return end_statement(s, error);
}

/* --- The connection --- */

/* In memory, DuckDB would spill into the current directory. A folder of this name is made
 * when it is needed, and removed with the connection. */
static pqt_status add_temporary_directory(setup *s, pqt_error *error)
{
    buffer path = {0};
    pqt_status status = buffer_printf(&path, error, "%s/pqa-duckdb-%ld-%" PRIx64,
                                      s->archive->settings.temporary_directory,
                                      (long)getpid(), (uint64_t)clock_monotonic_us());
    if (status == PQT_OK) status = buffer_append_u8(&path, 0, error);
    if (status == PQT_OK)
        status = add_setting(s, "temp_directory", (const char *)path.data, error);
    buffer_free(&path);
    return status;
}

static pqt_status add_connection(setup *s, pqt_error *error)
{
    const int threads = s->archive->settings.threads;
    TRY(add_statement(s, "SET autoinstall_known_extensions = false", error));
    TRY(add_setting(s, "memory_limit", s->options->memory_limit, error));
    TRY(add_temporary_directory(s, error));
    if (threads <= 0) return PQT_OK;
    TRY(buffer_printf(&s->text, error, "SET threads = %d", threads));
    return end_statement(s, error);
}

/* --- The bucket --- */

/* Where the secret's parts wait for it: a statement that can fail does not hold them, and
 * DuckDB shows one that failed. */
static const struct {
    const char *variable, *name;
    size_t offset; /* in store_access */
} secrets[] = {
    {"pqa_key_id", "KEY_ID", offsetof(store_access, access_key)},
    {"pqa_secret", "SECRET", offsetof(store_access, secret_key)},
    {"pqa_session_token", "SESSION_TOKEN", offsetof(store_access, session_token)},
};
enum { SECRETS = sizeof secrets / sizeof *secrets };

static const char *secret_text(const setup *s, int index)
{
    const char *at = (const char *)&s->access + secrets[index].offset;
    return *(const char *const *)(const void *)at;
}

static pqt_status append_secret(setup *s, pqt_error *error)
{
    const store_access *a = &s->access;
    TRY(buffer_append_text(&s->text, "CREATE OR REPLACE TEMPORARY SECRET pqa (TYPE s3",
                           error));
    for (int i = 0; i < SECRETS; i++)
        if (secret_text(s, i))
            TRY(buffer_printf(&s->text, error, ", %s getvariable('%s')", secrets[i].name,
                              secrets[i].variable));
    TRY(buffer_append_text(&s->text, ", REGION ", error));
    TRY(append_literal(&s->text, view_text(a->region), error));
    if (a->endpoint) {
        TRY(buffer_append_text(&s->text, ", ENDPOINT ", error));
        TRY(append_literal(&s->text, view_text(a->endpoint), error));
    }
    TRY(buffer_printf(&s->text, error, ", URL_STYLE '%s', USE_SSL %s, SCOPE ",
                      a->is_virtual ? "vhost" : "path", a->is_plain ? "false" : "true"));
    TRY(append_literal(&s->text, buffer_view(&s->root), error));
    return buffer_append_u8(&s->text, ')', error);
}

static pqt_status add_secret(setup *s, pqt_error *error)
{
    for (int i = 0; i < SECRETS; i++) {
        if (!secret_text(s, i)) continue;
        TRY(buffer_printf(&s->text, error, "SET VARIABLE %s = ", secrets[i].variable));
        TRY(append_literal(&s->text, view_text(secret_text(s, i)), error));
        TRY(end_statement(s, error));
    }
    TRY(append_secret(s, error));
    TRY(end_statement(s, error));
    for (int i = 0; i < SECRETS; i++) {
        if (!secret_text(s, i)) continue;
        TRY(buffer_printf(&s->text, error, "RESET VARIABLE %s", secrets[i].variable));
        TRY(end_statement(s, error));
    }
    return PQT_OK;
}

static pqt_status add_bucket(setup *s, pqt_error *error)
{
    const char *endpoint = s->access.endpoint;
    if (!s->access.is_remote) return PQT_OK;
    if (!s->options->has_httpfs)
        return error_set(error, PQT_UNSUPPORTED,
                         "DuckDB reads %.200s by its extension httpfs, which is not "
                         "installed here; run INSTALL httpfs in DuckDB once (it is "
                         "downloaded), or give a store on disk",
                         s->archive->settings.store);
    if (endpoint && strchr(endpoint, '/'))
        return error_set(error, PQT_UNSUPPORTED,
                         "DuckDB takes no S3 endpoint with a path, as '%.150s'",
                         endpoint);
    TRY(add_statement(s, "LOAD httpfs", error));
    TRY(add_setting(s, "ca_cert_file", s->access.ca_bundle, error));
    return add_secret(s, error);
}

/* --- The view --- */

static const char *duckdb_type(const char *delta_type)
{
    static const char *const types[][2] = {{"long", "BIGINT"},
                                           {"integer", "INTEGER"},
                                           {"short", "SMALLINT"},
                                           {"string", "VARCHAR"},
                                           {"date", "DATE"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i][0], delta_type) == 0) return types[i][1];
    return "VARCHAR";
}

static pqt_status append_columns(setup *s, bool has_files, pqt_error *error)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const delta_column *column = &archive_columns[i];
        const char *type = duckdb_type(column->type);
        TRY(buffer_append_text(&s->text, i ? ", " : "", error));
        if (has_files)
            TRY(buffer_printf(&s->text, error, "CAST(\"%s\" AS %s) AS \"%s\"",
                              column->name, type, column->name));
        else
            TRY(buffer_printf(&s->text, error, "CAST(NULL AS %s) AS \"%s\"", type,
                              column->name));
    }
    return PQT_OK;
}

static bool has_any(const buffer *text, const char *characters)
{
    for (size_t i = 0; i < text->size_bytes; i++)
        if (text->data[i] && strchr(characters, text->data[i])) return true;
    return false;
}

static pqt_status append_file(setup *s, const char *path, pqt_error *error)
{
    buffer whole = {0};
    pqt_status status = buffer_append(&whole, s->root.data, s->root.size_bytes, error);
    if (status == PQT_OK) status = buffer_append_u8(&whole, '/', error);
    if (status == PQT_OK) status = buffer_append_text(&whole, path, error);
    if (status == PQT_OK) status = append_literal(&s->text, buffer_view(&whole), error);
    buffer_free(&whole);
    return status;
}

static pqt_status append_files(setup *s, pqt_error *error)
{
    if (has_any(&s->root, "*?[")) /* a path is a pattern to it */
        return error_set(error, PQT_UNSUPPORTED,
                         "%.200s: DuckDB cannot be told of a path with *, ? or [",
                         s->archive->settings.store);
    TRY(buffer_append_text(&s->text, "read_parquet([", error));
    for (int32_t i = 0; i < s->snapshot->file_count; i++) {
        if (i) TRY(buffer_append_text(&s->text, ", ", error));
        TRY(append_file(s, s->snapshot->files[i].path, error));
    }
    return buffer_append_text(&s->text, "])", error);
}

/* A bundle of certificates is a setting that only httpfs has, and a path is a URL to the
 * delta extension. */
static bool uses_delta(const setup *s)
{
    return s->options->has_delta && !s->access.ca_bundle && !has_any(&s->root, "%?#*[");
}

static pqt_status append_from(setup *s, pqt_error *error)
{
    if (!uses_delta(s)) return append_files(s, error);
    TRY(buffer_append_text(&s->text, "delta_scan(", error));
    TRY(append_literal(&s->text, buffer_view(&s->root), error));
    return buffer_append_u8(&s->text, ')', error);
}

static pqt_status add_view(setup *s, pqt_error *error)
{
    const bool has_files = s->snapshot->file_count > 0;
    if (has_files && uses_delta(s)) TRY(add_statement(s, "LOAD delta", error));
    TRY(buffer_append_text(&s->text, "CREATE OR REPLACE VIEW pageviews AS SELECT ",
                           error));
    TRY(append_columns(s, has_files, error));
    if (!has_files) return add_statement(s, " WHERE false", error);
    TRY(buffer_append_text(&s->text, " FROM ", error));
    TRY(append_from(s, error));
    return end_statement(s, error);
}

/* --- All of it --- */

/* A directory's path does not depend on where the process goes later. */
static pqt_status find_root(setup *s, pqt_error *error)
{
    const char *name = s->archive->settings.store;
    size_t length = strlen(name);
    while (length > 1 && name[length - 1] == '/') length--;
    if (!s->access.is_remote && name[0] != '/') {
        char here[PATH_MAX];
        if (!getcwd(here, sizeof here))
            return error_set_errno(error, errno, "cannot find the current directory");
        TRY(buffer_printf(&s->root, error, "%s/", here));
    }
    return buffer_printf(&s->root, error, "%.*s/" ARCHIVE_ROOT, (int)length, name);
}

static pqt_status write_setup(setup *s, pqt_error *error)
{
    static const result_column columns[] = {{"statement", PQA_TEXT}};
    scan *sc = NULL;
    TRY(handle_question_scan(s->archive, &sc, error));
    s->snapshot = sc->snapshot;
    TRY(store_access_read(s->archive->store, &s->memory, &s->access, error));
    TRY(find_root(s, error));
    TRY(result_create(columns, 1, &s->out, error));
    TRY(add_connection(s, error));
    TRY(add_bucket(s, error));
    return add_view(s, error);
}

pqt_status pqa_duckdb_setup(pqa_archive *archive, const pqa_duckdb_options *options,
                            pqa_table *out, pqt_error *error)
{
    static const pqa_duckdb_options none = {0};
    setup s = {.archive = archive, .options = options ? options : &none};
    const pqt_status status = write_setup(&s, error);
    if (status == PQT_OK)
        result_finish(s.out, out);
    else
        result_free(s.out);
    buffer_free(&s.root);
    buffer_free(&s.text);
    arena_free(&s.memory);
    return status;
}
