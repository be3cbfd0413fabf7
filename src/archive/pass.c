#include "archive/pass.h"

#include "archive/archive_table.h"
#include "archive/file_rows.h"
#include "base/alloc.h"
#include "table/made_id.h"

/* Rows wait here for each other: each step touches memory that the step before asked for,
 * so that many rows wait together and not one after the other. */
enum { STAGED_ROWS = 32, STAGED_TEXT_BYTES = 64 << 10 };

struct staged_row {
    archive_row row;
    archive_text_hashes hashes;
    struct row_key key;
};

struct stage {
    struct staged_row rows[STAGED_ROWS];
    size_t count;
    size_t text_bytes;
    uint8_t texts[STAGED_TEXT_BYTES];
};

/* --- Which days --- */

/* Whether a file lies across the range's ends; *first and *last take it in. */
static pqt_status widen(const delta_file *file, int32_t *first, int32_t *last,
                        bool *widened, pqt_error *error)
{
    int32_t from, to;
    if (file->row_count == 0) return PQT_OK;
    TRY(file_dates(file, &from, &to, error));
    if (to < *first || from > *last) return PQT_OK;
    *widened = *widened || from < *first || to > *last;
    if (from < *first) *first = from;
    if (to > *last) *last = to;
    return PQT_OK;
}

static pqt_status widen_range(const delta_snapshot *base, int32_t *first, int32_t *last,
                              pqt_error *error)
{
    bool widened = base != NULL;
    while (widened) {
        widened = false;
        for (int32_t i = 0; i < base->file_count; i++)
            TRY(widen(&base->files[i], first, last, &widened, error));
    }
    return PQT_OK;
}

static const char *temporary_directory(const export_context *context)
{
    return context->settings->temporary_directory;
}

pqt_status pass_open(const export_context *context, const delta_snapshot *base,
                     int32_t since, int32_t until, pass *out, pqt_error *error)
{
    *out = (pass){.context = context, .base = base, .first = since, .last = until};
    TRY(widen_range(base, &out->first, &out->last, error));
    const size_t count = (size_t)((int64_t)out->last - out->first + 1);
    out->days = alloc_zeroed(NULL, count, sizeof *out->days);
    if (!out->days) return error_no_memory(error, count * sizeof *out->days);
    for (size_t i = 0; i < count; i++) {
        const int32_t date = out->first + (int32_t)i;
        out->days[i] = (export_day){.date = date,
                                    .is_wanted = date >= since && date <= until,
                                    .is_earlier = source_is_earlier(context->source),
                                    .lowest_id = INT64_MAX,
                                    .highest_id = INT64_MIN};
    }
    out->stage = alloc_zeroed(NULL, 1, sizeof *out->stage);
    if (!out->stage) return error_no_memory(error, sizeof *out->stage);
    /* Rows of later days wait in memory while a file is checked. */
    const size_t memory = context->settings->memory_bytes;
    const sorter_options options = {count > 1 ? memory / 6 * 5 : memory,
                                    temporary_directory(context), context->pool};
    return sorter_create(&options, &out->sorter, error);
}

static void free_slugs(pass *p)
{
    id_slugs_free(&p->database_projects);
    id_slugs_free(&p->database_versions);
    id_slugs_free(&p->archived_projects);
    id_slugs_free(&p->archived_versions);
}

void pass_free(pass *p)
{
    sorter_free(p->sorter);
    free_slugs(p);
    alloc_release(NULL, p->days);
    alloc_release(NULL, p->stage);
    *p = (pass){0};
}

int32_t pass_unit_end(const pass *p, int32_t first)
{
    int32_t end = first;
    for (int32_t i = 0; p->base && i < p->base->file_count; i++) {
        int32_t from, to;
        const delta_file *file = &p->base->files[i];
        if (file->row_count == 0 || file_dates(file, &from, &to, NULL) != PQT_OK)
            continue;
        if (from > end || to <= end) continue;
        end = to;
        i = -1; /* the unit has grown: look at all files again */
    }
    return end;
}

void pass_find_unit(const pass *p, int32_t date, int32_t *first, int32_t *last)
{
    *first = p->first;
    *last = pass_unit_end(p, *first);
    while (*last < date) {
        *first = *last + 1;
        *last = pass_unit_end(p, *first);
    }
}

/* --- Slugs --- */

/* Slugs that only the archive knows are those of the day: another day's may be others. */
static int64_t day_key(const pass *p, int32_t date, int32_t id)
{
    return ((int64_t)date - p->first) << 32 | (uint32_t)id;
}

static const id_slug *find_slug(const pass *p, const id_slugs *database,
                                const id_slugs *archived, int32_t date, int32_t id)
{
    const id_slug *found = id_slugs_get(database, id);
    const bool is_given = found && found->slug.size_bytes > 0;
    if (is_given && !source_is_earlier(p->context->source)) return found;
    const id_slug *older = id_slugs_get(archived, day_key(p, date, id));
    return older || !is_given ? older : found;
}

/* The database's slug; where it has none, what the archive has on that day; else NULL. Of
 * a source that is earlier than the archive, the other way round. */
static const id_slug *find_project(const pass *p, const archive_row *row)
{
    return find_slug(p, &p->database_projects, &p->archived_projects, row->date,
                     row->project_id);
}

static const id_slug *find_version(const pass *p, const archive_row *row)
{
    return find_slug(p, &p->database_versions, &p->archived_versions, row->date,
                     row->version_id);
}

/* The archive's slugs come first. */
static pqt_status keep_slugs(pass *p, const archive_row *row, pqt_error *error)
{
    const int64_t project = day_key(p, row->date, row->project_id);
    const int64_t version = day_key(p, row->date, row->version_id);
    if (row->project_slug.size_bytes > 0 && !id_slugs_get(&p->archived_projects, project))
        TRY(id_slugs_put(&p->archived_projects, project, row->project_slug, error));
    if (!row->has_version || !row->has_version_slug ||
        id_slugs_get(&p->archived_versions, version))
        return PQT_OK;
    return id_slugs_put(&p->archived_versions, version, row->version_slug, error);
}

/* An archived row takes the slugs that the database's rows get, so that a project that
 * was renamed stays one contiguous slice, and a row meets its partner in the order. Where
 * the database has none, the archived ones are remembered for both. */
static pqt_status normalise(pass *p, archive_row *row, pqt_error *error)
{
    if (source_is_earlier(p->context->source)) TRY(keep_slugs(p, row, error));
    const id_slug *project = find_project(p, row);
    if (project)
        row->project_slug = project->slug;
    else
        TRY(id_slugs_put(&p->archived_projects, day_key(p, row->date, row->project_id),
                         row->project_slug, error));
    if (!row->has_version) return PQT_OK;
    const id_slug *version = find_version(p, row);
    if (!version && row->has_version_slug)
        return id_slugs_put(&p->archived_versions, day_key(p, row->date, row->version_id),
                            row->version_slug, error);
    if (!version) return PQT_OK;
    row->version_slug = version->slug;
    row->has_version_slug = true;
    return PQT_OK;
}

/* --- The archive's rows --- */

static pqt_status add_archived(pass *p, const archive_row *row, pqt_error *error)
{
    if (row->date < p->first || row->date > p->last)
        return error_set(
            error, PQT_CORRUPT,
            "the row with id %lld has a date that the log's statistics exclude",
            (long long)row->id);
    export_day *d = &p->days[row->date - p->first];
    archive_row now = *row;
    TRY(normalise(p, &now, error));
    d->has_archived = true;
    d->has_made_ids = d->has_made_ids || id_is_made(row->id);
    archive_sum_add(&d->archived, row->view_count, archive_row_hash_whole(row));
    archive_sum_add(&d->normalised, now.view_count, archive_row_hash_whole(&now));
    const struct row_key key = interner_key(
        &now, ORIGIN_ARCHIVE, hash_bytes64(now.path.data, now.path.size_bytes));
    return sorter_add(p->sorter, &key, error);
}

static pqt_status read_group(pass *p, file_rows *rows, int32_t group, pqt_error *error)
{
    archive_row row;
    TRY(file_rows_load(rows, group, error));
    for (int64_t i = 0; i < rows->count; i++) {
        file_rows_get(rows, i, &row);
        TRY(add_archived(p, &row, error));
    }
    return progress_check(p->context->settings->progress, error);
}

static pqt_status read_rows(pass *p, const delta_file *file, pqt_error *error)
{
    pqt_reader *reader = NULL;
    file_rows rows = {0};
    pqt_status status = file_open(p->context->store, file->path, &reader, error);
    if (status == PQT_OK) status = file_rows_open(reader, file->path, &rows, error);
    const int32_t groups = reader ? pqt_reader_metadata(reader)->row_group_count : 0;
    for (int32_t g = 0; g < groups && status == PQT_OK; g++)
        status = read_group(p, &rows, g, error);
    file_rows_free(&rows);
    pqt_reader_close(reader);
    return status;
}

/* A file that the log has and the store has not is as one with wrong bytes. */
static pqt_status read_file(pass *p, const delta_file *file, pqt_error *error)
{
    const pqt_status status = read_rows(p, file, error);
    if (status == PQT_OK || status == PQT_CANCELLED) return status;
    error_prefix(error, "archived file %s", file->path);
    if (status != PQT_CORRUPT && status != PQT_NOT_FOUND) return status;
    p->unreadable = file;
    if (error) error->status = PQT_CORRUPT;
    return PQT_CORRUPT;
}

/* Whether the days that must be committed together are read: where none is wanted they
 * stay as they are. */
static bool unit_is_read(const pass *p, int32_t first, int32_t last)
{
    bool is_wanted = false, is_lost = false;
    for (int32_t date = first; date <= last; date++) {
        is_wanted = is_wanted || p->days[date - p->first].is_wanted;
        is_lost = is_lost || p->days[date - p->first].is_lost;
    }
    return is_wanted && !is_lost;
}

static pqt_status read_unit(pass *p, int32_t first, int32_t last, pqt_error *error)
{
    for (int32_t i = 0; p->base && i < p->base->file_count; i++) {
        const delta_file *file = &p->base->files[i];
        if (file->row_count > 0 && file_touches(file, first, last))
            TRY(read_file(p, file, error));
    }
    return PQT_OK;
}

static pqt_status read_archive(pass *p, pqt_error *error)
{
    for (int32_t date = p->first; date <= p->last; date++) {
        const int32_t first = date;
        date = pass_unit_end(p, first);
        if (unit_is_read(p, first, date)) TRY(read_unit(p, first, date, error));
    }
    return PQT_OK;
}

/* --- The database's rows --- */

static void set_slugs(const pass *p, archive_row *row, archive_text_hashes *hashes)
{
    const id_slug *project = find_project(p, row);
    row->project_slug = project ? project->slug : (pqt_view){0};
    hashes->project_slug = project ? project->hash : hash_bytes64(NULL, 0);
    const id_slug *version = row->has_version ? find_version(p, row) : NULL;
    row->has_version_slug = version != NULL;
    row->version_slug = version ? version->slug : (pqt_view){0};
    hashes->version_slug = version ? version->hash : 0;
}

static void note_id(export_day *d, int64_t id)
{
    if (id_is_made(id)) {
        d->has_made_ids = true;
        return;
    }
    if (id < d->lowest_id) d->lowest_id = id;
    if (id > d->highest_id) d->highest_id = id;
}

static pqt_status add_staged(pass *p, struct staged_row *rows, size_t count,
                             pqt_error *error)
{
    const interner *in = sorter_interner(p->sorter);
    for (size_t i = 0; i < count; i++) {
        struct staged_row *staged = &rows[i];
        export_day *d = &p->days[staged->row.date - p->first];
        set_slugs(p, &staged->row, &staged->hashes);
        note_id(d, staged->row.id);
        archive_sum_add(&d->database, staged->row.view_count,
                        archive_row_hash(&staged->row, &staged->hashes));
        staged->key = interner_key(&staged->row, ORIGIN_DATABASE, staged->hashes.path);
        interner_prefetch_slots(in, &staged->key);
    }
    for (size_t i = 0; i < count; i++) interner_prefetch_entries(in, &rows[i].key);
    for (size_t i = 0; i < count; i++) interner_prefetch_texts(in, &rows[i].key);
    for (size_t i = 0; i < count; i++) TRY(sorter_add(p->sorter, &rows[i].key, error));
    return PQT_OK;
}

static pqt_status flush_stage(pass *p, pqt_error *error)
{
    struct stage *stage = p->stage;
    const pqt_status status = add_staged(p, stage->rows, stage->count, error);
    stage->count = stage->text_bytes = 0;
    return status;
}

static archive_row row_of(const source_row *given)
{
    return (archive_row){
        .id = given->id,
        .project_id = given->project_id,
        .version_id = given->version_id,
        .view_count = given->view_count,
        .date = given->date,
        .status = given->status,
        .has_version = given->has_version,
        .has_full_path = given->has_full_path,
        .path = given->path,
        .full_path = given->full_path,
    };
}

/* The text in the stage's memory, which has room for it. */
static pqt_view stage_text(struct stage *stage, pqt_view text)
{
    uint8_t *copy = stage->texts + stage->text_bytes;
    if (text.size_bytes) memcpy(copy, text.data, text.size_bytes);
    stage->text_bytes += text.size_bytes;
    return view_of(copy, text.size_bytes);
}

static pqt_status take_row(void *self, const source_row *given, pqt_error *error)
{
    pass *p = self;
    struct stage *stage = p->stage;
    p->rows_read++;
    if (given->date < p->first || given->date > p->last)
        return error_set(error, PQT_INTERNAL,
                         "the row with id %lld is of a day that was not asked for",
                         (long long)given->id);
    if (!p->days[given->date - p->first].is_wanted) return PQT_OK;
    struct staged_row staged = {.row = row_of(given)};
    staged.hashes.path = hash_bytes64(given->path.data, given->path.size_bytes);
    staged.hashes.full_path =
        hash_bytes64(given->full_path.data, given->full_path.size_bytes);
    const size_t texts = given->path.size_bytes + given->full_path.size_bytes;
    if (texts > STAGED_TEXT_BYTES) return add_staged(p, &staged, 1, error);
    if (stage->count == STAGED_ROWS || texts > STAGED_TEXT_BYTES - stage->text_bytes)
        TRY(flush_stage(p, error));
    staged.row.path = stage_text(stage, given->path);
    staged.row.full_path = stage_text(stage, given->full_path);
    id_slugs_prefetch(&p->database_projects, given->project_id);
    id_slugs_prefetch(&p->database_versions, given->version_id);
    stage->rows[stage->count++] = staged;
    return PQT_OK;
}

static bool find_wanted(const pass *p, int32_t *since, int32_t *until)
{
    bool found = false;
    for (int32_t date = p->first; date <= p->last; date++) {
        if (!p->days[date - p->first].is_wanted) continue;
        if (!found) *since = date;
        *until = date;
        found = true;
    }
    return found;
}

static pqt_status read_snapshot(pass *p, pqt_error *error)
{
    int32_t since = 0, until = 0;
    int64_t rows = 0;
    TRY(id_slugs_load(p->context->source, &p->database_projects, &p->database_versions,
                      error));
    TRY(read_archive(p, error));
    if (!find_wanted(p, &since, &until)) return PQT_OK;
    TRY(source_read(p->context->source, since, until, take_row, p,
                    p->context->settings->progress, &rows, error));
    if (rows != p->rows_read)
        return error_set(
            error, PQT_CORRUPT, "%s: the database counted %lld rows, but %lld arrived",
            p->context->source->name, (long long)rows, (long long)p->rows_read);
    return flush_stage(p, error);
}

pqt_status pass_read(pass *p, pqt_error *error)
{
    TRY(source_begin(p->context->source, error));
    const pqt_status status = read_snapshot(p, error);
    const pqt_status ended =
        source_end(p->context->source, status == PQT_OK ? error : NULL);
    TRY(status);
    TRY(ended);
    free_slugs(p); /* sorting wants the memory */
    return sorter_finish(p->sorter, error);
}
