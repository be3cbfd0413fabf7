#include <stdio.h>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/session.h"

enum { MOST_SQL_BYTES = 64 << 20, MOST_ANSWER_BYTES = 1 << 20 };

/* --- The SQL that is asked for --- */

static pqt_status read_input(buffer *out, pqt_error *error)
{
    size_t got;
    do {
        TRY(buffer_reserve(out, 1 << 16, error));
        got = fread(out->data + out->size_bytes, 1, 1 << 16, stdin);
        out->size_bytes += got;
        if (out->size_bytes > MOST_SQL_BYTES)
            return error_set(error, PQT_LIMIT, "more than 64 MiB of SQL");
    } while (got > 0);
    if (!ferror(stdin)) return PQT_OK;
    return error_set(error, PQT_IO, "cannot read the standard input");
}

static pqt_status read_sql(const invocation *in, buffer *out, pqt_error *error)
{
    const char *query = in->argument_count ? in->arguments[0] : NULL;
    const char *file = in->options->sql_file;
    const bool file_is_flag = in->options->origins[OPTION_SQL_FILE] == ORIGIN_FLAG;
    if (query && file_is_flag)
        return error_set(error, PQT_INVALID, "SQL and --file: give one of them");
    if (!query && !file)
        return error_set(error, PQT_INVALID,
                         "which SQL? pqa sql \"SELECT ...\", --file FILE, or - for the "
                         "standard input");
    if (strcmp(query ? query : file, "-") == 0) return read_input(out, error);
    if (query) return buffer_append_text(out, query, error);
    return file_read_whole(file, MOST_SQL_BYTES, out, error);
}

/* --- The program --- */

static const char *program_of(const struct options *o)
{
    return o->duckdb ? o->duckdb : "duckdb";
}

static pqt_status explain_missing(const struct options *o, pqt_error *error)
{
    return error_set(
        error, PQT_NOT_FOUND,
        "there is no program '%.200s'; install DuckDB's (duckdb.org, or pip "
        "install duckdb-cli) and have it on PATH, or name it with --duckdb or "
        "PQA_DUCKDB",
        program_of(o));
}

static pqt_status append_answer(void *self, pqt_view bytes, pqt_error *error)
{
    buffer *answer = self;
    if (answer->size_bytes + bytes.size_bytes > MOST_ANSWER_BYTES)
        return error_set(error, PQT_LIMIT, "an answer too long");
    return buffer_append(answer, bytes.data, bytes.size_bytes, error);
}

/* What begins the answer of a DuckDB, and of no other program. */
#define GREETING "duckdb of pqa\n"

static pqt_status read_answer(const struct options *o, buffer *answer,
                              pqa_duckdb_options *out, pqt_error *error)
{
    TRY(buffer_append_u8(answer, 0, error));
    const char *text = (const char *)answer->data;
    if (strncmp(text, GREETING, strlen(GREETING)) != 0)
        return error_set(error, PQT_UNSUPPORTED,
                         "'%.200s' does not answer as DuckDB's program does, of version "
                         "1.1 or later",
                         program_of(o));
    out->has_delta = strstr(text, "\ndelta\n") != NULL;
    out->has_httpfs = strstr(text, "\nhttpfs\n") != NULL;
    return PQT_OK;
}

/* Which extensions it has; nothing is loaded for that. */
static pqt_status ask_program(const struct options *o, pqa_duckdb_options *out,
                              pqt_error *error)
{
    static const char question[] =
        ".mode list\n.headers off\nSELECT 'duckdb of pqa';\n"
        "SELECT extension_name FROM duckdb_extensions() WHERE installed;\n";
    const char *const arguments[] = {program_of(o), "-init", "/dev/null", "-batch", NULL};
    buffer answer = {0};
    child_process child = {.arguments = arguments,
                           .input = view_text(question),
                           .take = append_answer,
                           .self = &answer,
                           .is_quiet = true,
                           .cancelled = interrupt_flag()};
    pqt_status status = child_process_run(&child, error);
    if (status == PQT_NOT_FOUND) status = explain_missing(o, error);
    if (status == PQT_OK) status = read_answer(o, &answer, out, error);
    buffer_free(&answer);
    return status;
}

/* --- What it is told --- */

/* What the statements of the setup answer is nobody's. */
static pqt_status append_setup(const pqa_table *setup, buffer *out, pqt_error *error)
{
    TRY(buffer_append_text(out, ".output /dev/null\n", error));
    for (int64_t i = 0; i < setup->row_count; i++) {
        const pqt_view text = setup->columns[0].texts[i];
        TRY(buffer_append(out, text.data, text.size_bytes, error));
        TRY(buffer_append_text(out, ";\n", error));
    }
    return buffer_append_text(out, ".output\n", error);
}

static pqt_status make_script(const struct options *o, const pqa_duckdb_options *options,
                              const buffer *sql, buffer *out, pqt_error *error)
{
    pqa_archive *archive = NULL;
    pqa_table setup = {0};
    TRY(session_open(o, false, NULL, &archive, error));
    pqt_status status = pqa_duckdb_setup(archive, options, &setup, error);
    if (status == PQT_OK) status = append_setup(&setup, out, error);
    if (status == PQT_OK) status = buffer_append(out, sql->data, sql->size_bytes, error);
    if (status == PQT_OK) status = buffer_append_text(out, "\n;\n", error);
    pqa_table_free(&setup);
    pqa_close(archive);
    return status;
}

static pqt_status write_rows(void *self, pqt_view bytes, pqt_error *error)
{
    (void)self;
    TRY(output_write(bytes, error));
    return output_flush(error);
}

/* By the standard input, which holds the store's keys, and no other process sees. */
static pqt_status run_script(invocation *in, const buffer *script, pqt_error *error)
{
    static const struct {
        const char *flag, *null;
    } formats[] = {[FORMAT_TABLE] = {"-column", "-"},
                   [FORMAT_CSV] = {"-csv", ""},
                   [FORMAT_JSON] = {"-json", "null"},
                   [FORMAT_NDJSON] = {"-jsonlines", "null"}};
    const int format = in->options->format;
    const char *const arguments[] = {
        program_of(in->options), "-init",      "/dev/null",          "-batch", "-bail",
        formats[format].flag,    "-nullvalue", formats[format].null, NULL};
    child_process child = {.arguments = arguments,
                           .input = buffer_view(script),
                           .take = write_rows,
                           .cancelled = interrupt_flag()};
    TRY(child_process_run(&child, error));
    in->exit_code = child.exit_code ? 1 : 0; /* it has said why */
    return PQT_OK;
}

pqt_status run_sql(invocation *in, pqt_error *error)
{
    char limit[32];
    pqa_duckdb_options options = {0};
    buffer sql = {0}, script = {0};
    pqt_status status = read_sql(in, &sql, error);
    interrupt_catch();
    if (status == PQT_OK) status = ask_program(in->options, &options, error);
    if (option_given(in->options, OPTION_MEMORY_LIMIT)) {
        snprintf(limit, sizeof limit, "%lldB",
                 (long long)in->options->memory_limit_bytes);
        options.memory_limit = limit;
    }
    if (status == PQT_OK)
        status = make_script(in->options, &options, &sql, &script, error);
    if (status == PQT_OK) status = run_script(in, &script, error);
    buffer_free(&script);
    buffer_free(&sql);
    return status;
}
