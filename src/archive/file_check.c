#include "archive/file_check.h"

#include <stdlib.h>

#include "archive/archive_table.h"
#include "archive/day.h"
#include "archive/file_rows.h"
#include "base/alloc.h"
#include "base/view.h"
#include "table/project_directory.h"

enum { MOST_LANES = 4 };

/* The first and last row of a row group, to compare the order across groups. */
struct group_edges {
    archive_row first;
    archive_row last;
    arena texts;
};

/* Where in the project directory a row group stands. */
struct directory_place {
    size_t run;
    int64_t row; /* of the run */
};

/* What one row group adds up to. */
struct group_result {
    file_content content;
    struct group_edges edges;
    struct directory_place place; /* of its first row */
};

struct check {
    const pqt_reader *reader;
    const char *name;
    bool must_be_sorted;
    file_rows lanes[MOST_LANES]; /* of row groups, one after the other */
    size_t lane_count;
    struct group_result *groups;
    int32_t group_count;
    project_directory directory; /* without runs: the file has none */
    arena memory;                /* of the directory */
};

static bool is_in_order(const archive_row *a, const archive_row *b)
{
    return archive_row_compare_in_file(a, b) < 0;
}

static pqt_status report_order(const struct check *check, size_t group, int64_t row,
                               int64_t id, pqt_error *error)
{
    return error_set(
        error, PQT_CORRUPT,
        "%s: row group %zu, row %lld (id %lld) is not in order behind the row "
        "before",
        check->name, group, (long long)row, (long long)id);
}

static pqt_status keep_row(arena *texts, const archive_row *row, archive_row *out,
                           pqt_error *error)
{
    *out = *row;
    out->project_slug = arena_copy(texts, row->project_slug);
    out->version_slug = arena_copy(texts, row->version_slug);
    out->path = arena_copy(texts, row->path);
    out->full_path = (pqt_view){0};
    if (out->project_slug.data && out->version_slug.data && out->path.data) return PQT_OK;
    return error_no_memory(error, row->path.size_bytes);
}

static void note_date(file_content *content, int32_t date)
{
    const bool is_first = content->sum.row_count == 0;
    if (is_first || date < content->first_date) content->first_date = date;
    if (is_first || date > content->last_date) content->last_date = date;
}

/* --- The project directory --- */

/* The first row of each row group in it. */
static void place_groups(struct check *check)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(check->reader);
    struct directory_place place = {0};
    for (int32_t g = 0; g < check->group_count; g++) {
        check->groups[g].place = place;
        place.row += metadata->row_groups[g].row_count;
        while (place.run < check->directory.run_count &&
               place.row >= check->directory.runs[place.run].row_count)
            place.row -= check->directory.runs[place.run++].row_count;
    }
}

static pqt_status load_directory(struct check *check, pqt_error *error)
{
    TRY(project_directory_load(check->reader, &check->memory, &check->directory, error));
    place_groups(check);
    return PQT_OK;
}

static bool is_as_before(const row_hasher *before, const archive_row *row)
{
    return before->has_last && before->last.project_id == row->project_id &&
           before->last.project_slug.data == row->project_slug.data &&
           before->last.project_slug.size_bytes == row->project_slug.size_bytes;
}

/* Moves on by a row, which must be of the run. */
static bool is_in_directory(const struct check *check, struct directory_place *place,
                            const archive_row *row, const row_hasher *before)
{
    if (check->directory.run_count == 0) return true;
    if (place->run == check->directory.run_count) return false;
    const directory_run *run = &check->directory.runs[place->run];
    if (!(place->row > 0 && is_as_before(before, row)) &&
        !(run->project_id == row->project_id &&
          view_equal(run->project_slug, row->project_slug)))
        return false;
    if (++place->row == run->row_count)
        *place = (struct directory_place){place->run + 1, 0};
    return true;
}

static pqt_status report_directory(const struct check *check, size_t group, int64_t row,
                                   int64_t id, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT,
                     "%s: row group %zu, row %lld (id %lld): the project directory has "
                     "another project there",
                     check->name, group, (long long)row, (long long)id);
}

/* --- Rows --- */

static pqt_status check_rows(const struct check *check, const file_rows *rows,
                             size_t group, file_content *content, pqt_error *error)
{
    struct directory_place place = check->groups[group].place;
    row_hasher hasher = {0};
    for (int64_t i = 0; i < rows->count; i++) {
        archive_row row;
        file_rows_get(rows, i, &row);
        if (check->must_be_sorted && i > 0 && !is_in_order(&hasher.last, &row))
            return report_order(check, group, i, row.id, error);
        if (!is_in_directory(check, &place, &row, &hasher))
            return report_directory(check, group, i, row.id, error);
        note_date(content, row.date);
        archive_sum_add(&content->sum, row.view_count, row_hasher_hash(&hasher, &row));
    }
    return PQT_OK;
}

static pqt_status check_group(const struct check *check, file_rows *rows, size_t index,
                              pqt_error *error)
{
    struct group_result *result = &check->groups[index];
    TRY(file_rows_load(rows, (int32_t)index, error));
    TRY(check_rows(check, rows, index, &result->content, error));
    if (rows->count == 0) return PQT_OK;
    archive_row row;
    file_rows_get(rows, 0, &row);
    TRY(keep_row(&result->edges.texts, &row, &result->edges.first, error));
    file_rows_get(rows, rows->count - 1, &row);
    return keep_row(&result->edges.texts, &row, &result->edges.last, error);
}

static pqt_status check_lane(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    struct check *check = self;
    for (size_t g = index; g < (size_t)check->group_count; g += check->lane_count)
        TRY(check_group(check, &check->lanes[index], g, error));
    return PQT_OK;
}

static pqt_status add_groups(const struct check *check, file_content *out,
                             pqt_error *error)
{
    file_content total = {0};
    const archive_row *last = NULL;
    for (int32_t g = 0; g < check->group_count; g++) {
        const struct group_result *group = &check->groups[g];
        if (group->content.sum.row_count == 0) continue;
        if (check->must_be_sorted && last && !is_in_order(last, &group->edges.first))
            return report_order(check, (size_t)g, 0, group->edges.first.id, error);
        last = &group->edges.last;
        note_date(&total, group->content.first_date);
        total.sum.row_count += group->content.sum.row_count;
        note_date(&total, group->content.last_date);
        total.sum.view_count += group->content.sum.view_count;
        total.sum.rows = hash128_add(total.sum.rows, group->content.sum.rows);
    }
    *out = total;
    return PQT_OK;
}

static pqt_status check_lanes(struct check *check, thread_pool *pool, pqt_error *error)
{
    for (size_t i = 0; i < check->lane_count; i++)
        TRY(file_rows_open(check->reader, check->name, &check->lanes[i], error));
    return thread_pool_run(pool, check->lane_count, check_lane, check, error);
}

pqt_status file_check(const pqt_reader *reader, const char *name, bool must_be_sorted,
                      thread_pool *pool, file_content *out, pqt_error *error)
{
    const size_t threads = (size_t)thread_pool_size(pool);
    struct check check = {.reader = reader,
                          .name = name,
                          .must_be_sorted = must_be_sorted,
                          .lane_count = threads < MOST_LANES ? threads : MOST_LANES,
                          .group_count = pqt_reader_metadata(reader)->row_group_count};
    check.groups = alloc_zeroed(NULL, (size_t)check.group_count, sizeof *check.groups);
    if (!check.groups)
        return error_no_memory(error, (size_t)check.group_count * sizeof *check.groups);
    pqt_status status = load_directory(&check, error);
    if (status == PQT_OK) status = check_lanes(&check, pool, error);
    if (status == PQT_OK) status = add_groups(&check, out, error);
    for (size_t i = 0; i < check.lane_count; i++) file_rows_free(&check.lanes[i]);
    for (int32_t g = 0; g < check.group_count; g++)
        arena_free(&check.groups[g].edges.texts);
    alloc_release(NULL, check.groups);
    arena_free(&check.memory);
    return status;
}

pqt_status archive_sum_compare(const archive_sum *expected, const archive_sum *found,
                               const char *name, pqt_error *error)
{
    if (expected->row_count != found->row_count)
        return error_set(error, PQT_CORRUPT, "%s: expected %lld rows, found %lld", name,
                         (long long)expected->row_count, (long long)found->row_count);
    if (expected->view_count != found->view_count)
        return error_set(error, PQT_CORRUPT, "%s: expected %lld views, found %lld", name,
                         (long long)expected->view_count, (long long)found->view_count);
    if (hash128_equal(expected->rows, found->rows)) return PQT_OK;
    char wanted[HASH128_TEXT_BYTES], got[HASH128_TEXT_BYTES];
    hash128_text(expected->rows, wanted);
    hash128_text(found->rows, got);
    return error_set(error, PQT_CORRUPT, "%s: expected row hash %s, found %s", name,
                     wanted, got);
}

pqt_status file_compare_size(const delta_file *file, uint64_t found, pqt_error *error)
{
    if (found == file->size_bytes) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%s has %llu bytes; the log says %llu",
                     file->path, (unsigned long long)found,
                     (unsigned long long)file->size_bytes);
}

pqt_status file_compare_hash(const delta_file *file, const char *found, pqt_error *error)
{
    const char *expected = delta_tag(file, TAG_SHA256);
    if (!expected || strcmp(expected, found) == 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%s has SHA-256 %s; the log says %s", file->path,
                     found, expected);
}

static pqt_status compare_dates(const delta_file *file, const file_content *found,
                                pqt_error *error)
{
    int32_t first, last;
    if (found->sum.row_count == 0) return PQT_OK;
    TRY(file_dates(file, &first, &last, error));
    if (found->first_date >= first && found->last_date <= last) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "%s holds dates that the log's statistics exclude", file->path);
}

pqt_status file_compare_content(const delta_file *file, const file_content *found,
                                pqt_error *error)
{
    archive_sum expected;
    TRY(file_expected_sum(file, &found->sum, &expected, error));
    TRY(archive_sum_compare(&expected, &found->sum, file->path, error));
    return compare_dates(file, found, error);
}

pqt_status file_expected_sum(const delta_file *file, const archive_sum *found,
                             archive_sum *expected, pqt_error *error)
{
    const char *hash = delta_tag(file, TAG_ROW_HASH);
    const char *views = delta_tag(file, TAG_VIEW_COUNT);
    char *end = NULL;
    *expected = *found;
    if (file->row_count >= 0) expected->row_count = file->row_count;
    if (views) expected->view_count = strtoll(views, &end, 10);
    if (views && (end == views || *end))
        return error_set(error, PQT_CORRUPT, "%s: the log's views '%.30s' are no number",
                         file->path, views);
    if (hash && hash128_parse(hash, &expected->rows) != 0)
        return error_set(error, PQT_CORRUPT, "%s: the log's row hash '%.40s' is not one",
                         file->path, hash);
    return PQT_OK;
}
