#include "archive/archive_table.h"

#include "base/date.h"
#include "table/row.h"

/* --- Reading --- */

static pqt_status check_format(const delta_snapshot *snapshot, pqt_error *error)
{
    const char *format = delta_configuration(snapshot, KEY_FORMAT);
    if (!format || strcmp(format, ARCHIVE_FORMAT) == 0) return PQT_OK;
    return error_set(error, PQT_UNSUPPORTED,
                     "the archive has format %s; this program writes format %s: use a "
                     "newer pqa",
                     format, ARCHIVE_FORMAT);
}

pqt_status archive_source_text(const char *environment, const source_identity *identity,
                               buffer *out, pqt_error *error)
{
    TRY(buffer_printf(out, error, "%s: %s", environment, identity->text));
    return buffer_append_u8(out, 0, error);
}

pqt_status archive_source_is(const delta_snapshot *table, const char *environment,
                             const source_identity *identity, bool *out, pqt_error *error)
{
    const char *said = delta_configuration(table, KEY_SOURCE);
    buffer text = {0};
    const pqt_status status = archive_source_text(environment, identity, &text, error);
    if (status == PQT_OK) *out = said && strcmp(said, (const char *)text.data) == 0;
    buffer_free(&text);
    return status;
}

static pqt_status check_source(const archive_table *table, pqt_error *error)
{
    const char *source_text = delta_configuration(table->current, KEY_SOURCE);
    if (!source_text || !table->source_text || table->adopt_source ||
        strcmp(source_text, table->source_text) == 0)
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "the archive was made from another source (if it is the same site "
                     "after a move or an upgrade, say --adopt-source, in Python "
                     "adopt_source=True): this is '%s', and it was made from '%s'",
                     table->source_text, source_text);
}

static pqt_status take_settings(archive_table *table, pqt_error *error)
{
    TRY(check_format(table->current, error));
    TRY(check_source(table, error));
    return covered_parse(delta_configuration(table->current, KEY_COVERED),
                         &table->covered, error);
}

pqt_status archive_table_read(archive_table *table, pqt_error *error)
{
    delta_snapshot *snapshot = NULL;
    const pqt_status status =
        delta_snapshot_read(table->store, ARCHIVE_ROOT, &snapshot, error);
    if (status != PQT_OK && status != PQT_NOT_FOUND) return status;
    delta_snapshot_free(table->current);
    table->current = snapshot;
    covered_free(&table->covered);
    return snapshot ? take_settings(table, error) : PQT_OK;
}

/* Behind our own commit: only what is new is read. */
static pqt_status read_on(archive_table *table, pqt_error *error)
{
    const pqt_status status =
        delta_snapshot_update(table->store, ARCHIVE_ROOT, table->current, error);
    covered_free(&table->covered);
    if (status == PQT_OK) return take_settings(table, error);
    delta_snapshot_free(table->current);
    table->current = NULL;
    return status;
}

pqt_status archive_table_create(archive_table *table, pqt_error *error)
{
    const delta_pair configuration[] = {{KEY_FORMAT, ARCHIVE_FORMAT},
                                        {KEY_SOURCE, table->source_text}};
    const delta_changes changes = {.operation = "CREATE TABLE",
                                   .configuration = configuration,
                                   .configuration_count = table->source_text ? 2 : 1};
    const pqt_status status = delta_create(table->store, ARCHIVE_ROOT, archive_columns,
                                           COLUMN_COUNT, &changes, error);
    if (status != PQT_OK && status != PQT_CONFLICT) return status;
    TRY(archive_table_read(table, error));
    if (table->current) return PQT_OK;
    return error_set(error, PQT_IO,
                     "the log's first commit is there, and the store's listing does not "
                     "show it; nothing was changed, try again");
}

int32_t archive_table_first_kept(const delta_snapshot *snapshot)
{
    const char *before = delta_configuration(snapshot, KEY_PRUNED_BEFORE);
    int32_t first_kept;
    if (!before || date_parse_iso(view_text(before), &first_kept, NULL) != PQT_OK)
        return INT32_MIN;
    return first_kept;
}

bool archive_table_is_pruned(const archive_table *table, int32_t date)
{
    return table->current && date < archive_table_first_kept(table->current);
}

void archive_table_free(archive_table *table)
{
    delta_snapshot_free(table->current);
    covered_free(&table->covered);
    table->current = NULL;
}

/* --- Files and their dates --- */

pqt_status file_dates(const delta_file *file, int32_t *first, int32_t *last,
                      pqt_error *error)
{
    const delta_column_stats *stats = delta_stats(file, "date");
    if (!stats || !stats->has_range || !stats->is_text)
        return error_set(
            error, PQT_UNSUPPORTED,
            "the file %s has no statistics on its dates in the log; rewrite it "
            "with statistics",
            file->path);
    TRY(date_parse_iso(view_text(stats->min_text), first, error));
    return date_parse_iso(view_text(stats->max_text), last, error);
}

bool file_touches(const delta_file *file, int32_t first, int32_t last)
{
    int32_t from, to;
    if (file->row_count == 0 || file_dates(file, &from, &to, NULL) != PQT_OK) return true;
    return from <= last && to >= first;
}

/* --- Committing --- */

/* What a commit needs beside its changes, also when it is rebased. */
struct commit_work {
    const archive_table *table;
    const commit_scope *scope;
    const delta_changes *given;
    buffer covered_text;
    delta_pair configuration[2 + COMMIT_PAIRS_MOST];
};

/* Whether every file of `a` on these dates is in `b`. */
static bool has_all(const delta_snapshot *a, const delta_snapshot *b,
                    const commit_scope *scope)
{
    for (int32_t i = 0; i < a->file_count; i++)
        if (file_touches(&a->files[i], scope->first, scope->last) &&
            !delta_find(b, a->files[i].path))
            return false;
    return true;
}

static bool same_setting(const delta_snapshot *a, const delta_snapshot *b,
                         const char *key)
{
    const char *left = delta_configuration(a, key), *right = delta_configuration(b, key);
    return left == right || (left && right && strcmp(left, right) == 0);
}

/* What was read is what the changes are based on: it must still be there. */
static pqt_status check_unchanged(const commit_scope *scope, const delta_snapshot *now,
                                  pqt_error *error)
{
    if (!has_all(scope->read, now, scope) || !has_all(now, scope->read, scope))
        return error_set(error, PQT_CONFLICT,
                         "another process changed the archive's files of these days");
    if (!same_setting(scope->read, now, KEY_PRUNED_BEFORE))
        return error_set(error, PQT_CONFLICT, "another process pruned the archive");
    if (!same_setting(scope->read, now, KEY_LAST_FORGET))
        return error_set(error, PQT_CONFLICT,
                         "another process forgot a project, and with it objects that the "
                         "archive does not name");
    return PQT_OK;
}

static pqt_status fill_configuration(struct commit_work *work, const delta_snapshot *now,
                                     delta_changes *changes, pqt_error *error)
{
    covered c = {0};
    const covered *ours = &work->table->covered;
    buffer_clear(&work->covered_text);
    pqt_status status = covered_parse(delta_configuration(now, KEY_COVERED), &c, error);
    for (size_t i = 0; status == PQT_OK && i < ours->count; i++)
        status = covered_add(&c, ours->ranges[i].first, ours->ranges[i].last, error);
    if (status == PQT_OK) status = covered_write(&c, &work->covered_text, error);
    covered_free(&c);
    TRY(status);
    int32_t count = 0;
    work->configuration[count++] =
        (delta_pair){KEY_COVERED, (char *)work->covered_text.data};
    if (work->table->source_text)
        work->configuration[count++] = (delta_pair){KEY_SOURCE, work->table->source_text};
    for (int32_t i = 0; i < work->given->configuration_count; i++)
        work->configuration[count++] = work->given->configuration[i];
    changes->configuration = work->configuration;
    changes->configuration_count = count;
    return PQT_OK;
}

static pqt_status rebase(void *self, const delta_snapshot *base,
                         const delta_snapshot *theirs, delta_changes *changes,
                         pqt_error *error)
{
    struct commit_work *work = self;
    TRY(check_unchanged(work->scope, theirs, error));
    if (!same_setting(base, theirs, KEY_SOURCE))
        return error_set(error, PQT_CONFLICT, "another process took the archive over");
    return fill_configuration(work, theirs, changes, error);
}

/* The table may have been read again since the scope's files were: for the day before. */
pqt_status archive_table_commit(archive_table *table, const commit_scope *scope,
                                const delta_changes *given, pqt_error *error)
{
    struct commit_work work = {.table = table, .scope = scope, .given = given};
    delta_changes changes = *given;
    if (!changes.operation) changes.operation = "WRITE";
    if (given->configuration_count > COMMIT_PAIRS_MOST)
        return error_set(error, PQT_INTERNAL, "a commit has %d settings of its own",
                         given->configuration_count);
    changes.progress = table->progress;
    TRY(check_unchanged(scope, table->current, error));
    pqt_status status = fill_configuration(&work, table->current, &changes, error);
    if (status == PQT_OK)
        status = delta_commit(table->store, ARCHIVE_ROOT, table->current, &changes,
                              rebase, &work, NULL, error);
    buffer_free(&work.covered_text);
    TRY(status);
    return read_on(table, error);
}
