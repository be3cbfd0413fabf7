#include "archive/contradiction.h"

#include "archive/archive_table.h"
#include "archive/row_merge.h"
#include "archive/site_row.h"
#include "base/arena.h"

enum { PATH_SHOWN_BYTES = 80 };

/* --- Words --- */

static pqt_status begin_column(const char *name, buffer *out, pqt_error *error)
{
    return buffer_printf(out, error, "%sits %s is ", out->size_bytes ? ", " : "", name);
}

static pqt_status write_number(const char *name, int32_t archived, int32_t database,
                               buffer *out, pqt_error *error)
{
    if (archived == database) return PQT_OK;
    TRY(begin_column(name, out, error));
    return buffer_printf(out, error, "%d in the database and %d in the archive", database,
                         archived);
}

static pqt_status write_version_id(const archive_row *row, buffer *out, pqt_error *error)
{
    return row->has_version ? buffer_printf(out, error, "%d", row->version_id)
                            : buffer_append_text(out, "null", error);
}

static pqt_status write_version(const archive_row *archived, const archive_row *database,
                                buffer *out, pqt_error *error)
{
    if (archived->has_version == database->has_version &&
        (!archived->has_version || archived->version_id == database->version_id))
        return PQT_OK;
    TRY(begin_column("version_id", out, error));
    TRY(write_version_id(database, out, error));
    TRY(buffer_append_text(out, " in the database and ", error));
    TRY(write_version_id(archived, out, error));
    return buffer_append_text(out, " in the archive", error);
}

static pqt_status write_text(pqt_view text, buffer *out, pqt_error *error)
{
    const bool is_long = text.size_bytes > PATH_SHOWN_BYTES;
    const size_t shown = is_long ? PATH_SHOWN_BYTES : text.size_bytes;
    return buffer_printf(out, error, "'%.*s%s'", (int)shown, (const char *)text.data,
                         is_long ? "..." : "");
}

static pqt_status write_path(const archive_row *archived, const archive_row *database,
                             buffer *out, pqt_error *error)
{
    if (view_equal(archived->path, database->path)) return PQT_OK;
    TRY(begin_column("path", out, error));
    TRY(write_text(database->path, out, error));
    TRY(buffer_append_text(out, " in the database and ", error));
    TRY(write_text(archived->path, out, error));
    return buffer_append_text(out, " in the archive", error);
}

pqt_status contradiction_write(const archive_row *archived, const archive_row *database,
                               buffer *out, pqt_error *error)
{
    TRY(write_number("project_id", archived->project_id, database->project_id, out,
                     error));
    TRY(write_version(archived, database, out, error));
    TRY(write_path(archived, database, out, error));
    return write_number("status", archived->status, database->status, out, error);
}

/* --- The two rows --- */

struct search {
    const export_context *context;
    const export_day *day;
    int64_t id;
    archive_row archived; /* its path is in `memory`; without other texts */
    bool is_archived;
    arena memory;
    buffer words;
};

static pqt_status keep_archived(struct search *s, const archive_row *row,
                                pqt_error *error)
{
    s->archived = *row;
    s->archived.path = arena_copy(&s->memory, row->path);
    if (!s->archived.path.data && row->path.size_bytes > 0)
        return error_no_memory(error, row->path.size_bytes);
    s->is_archived = true;
    return PQT_OK;
}

static pqt_status search_file(struct search *s, const delta_file *file, pqt_error *error)
{
    row_merge *rows = NULL;
    const archive_row *row = NULL;
    hash128 hash;
    TRY(row_merge_open(s->context->store, &file, 1, &rows, error));
    pqt_status status;
    do {
        status = progress_check(s->context->settings->progress, error);
        if (status == PQT_OK) status = row_merge_next(rows, &row, &hash, error);
        if (status == PQT_OK && row && row->id == s->id && row->date == s->day->date)
            status = keep_archived(s, row, error);
    } while (status == PQT_OK && row && !s->is_archived);
    row_merge_free(rows);
    return status;
}

static pqt_status search_archive(struct search *s, const delta_snapshot *snapshot,
                                 pqt_error *error)
{
    for (int32_t i = 0; i < snapshot->file_count && !s->is_archived; i++)
        if (snapshot->files[i].row_count != 0 &&
            file_touches(&snapshot->files[i], s->day->date, s->day->date))
            TRY(search_file(s, &snapshot->files[i], error));
    return PQT_OK;
}

static pqt_status take_row(void *self, const source_row *given, pqt_error *error)
{
    struct search *s = self;
    if (given->id != s->id || s->words.size_bytes > 0) return PQT_OK;
    const archive_row row = site_row_archived(given);
    return contradiction_write(&s->archived, &row, &s->words, error);
}

static pqt_status search_database(struct search *s, pqt_error *error)
{
    source *from = s->context->source;
    const int32_t date = s->day->date;
    int64_t rows = 0;
    TRY(source_begin(from, error));
    const pqt_status status = source_read(from, date, date, take_row, s,
                                          s->context->settings->progress, &rows, error);
    const pqt_status ended = source_end(from, status == PQT_OK ? error : NULL);
    return status == PQT_OK ? ended : status;
}

void contradiction_explain(const export_context *context, const delta_snapshot *snapshot,
                           const day_merge *merge, pqt_error *error)
{
    struct search s = {
        .context = context, .day = merge->day, .id = merge->contradicting_id};
    pqt_status status = snapshot && error ? search_archive(&s, snapshot, NULL) : PQT_OK;
    if (status == PQT_OK && s.is_archived) status = search_database(&s, NULL);
    if (status == PQT_OK && s.words.size_bytes > 0 &&
        buffer_append_u8(&s.words, 0, NULL) == PQT_OK)
        day_contradict(s.day, s.id, (const char *)s.words.data, error);
    buffer_free(&s.words);
    arena_free(&s.memory);
}
