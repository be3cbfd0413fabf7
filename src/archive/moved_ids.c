#include "archive/moved_ids.h"

#include <stdio.h>

#include "archive/file_rows.h"

/* Files without statistics may hold any id. */
static bool overlaps(const delta_file *file, int64_t lowest, int64_t highest)
{
    const delta_column_stats *ids = delta_stats(file, "id");
    if (!ids || !ids->has_range || ids->is_text) return true;
    return ids->min_number <= highest && ids->max_number >= lowest;
}

/* Whether all of its rows are of the day: those are merged. */
static bool is_of_the_day(const delta_file *file, int32_t date)
{
    int32_t first, last;
    return file_dates(file, &first, &last, NULL) == PQT_OK && first == date &&
           last == date;
}

pqt_status moved_ids_open(store *s, const delta_snapshot *base, const export_day *day,
                          moved_ids *out, pqt_error *error)
{
    *out = (moved_ids){.store = s, .day = day};
    if (!base || day->database.row_count == 0) return PQT_OK;
    const size_t count = (size_t)base->file_count;
    out->files = arena_alloc(&out->memory, count, sizeof(const delta_file *));
    if (!out->files) return error_no_memory(error, count * sizeof(const delta_file *));
    for (size_t i = 0; i < count; i++) {
        const delta_file *file = &base->files[i];
        if (file->row_count == 0 || is_of_the_day(file, day->date)) continue;
        if (day->is_lost && file_touches(file, day->date, day->date)) continue;
        if (!overlaps(file, day->lowest_id, day->highest_id)) continue;
        out->files[out->file_count++] = file;
    }
    return PQT_OK;
}

bool moved_ids_may_hold(const moved_ids *moved, int64_t id)
{
    for (size_t i = 0; i < moved->file_count; i++)
        if (overlaps(moved->files[i], id, id)) return true;
    return false;
}

/* Of one file. */
struct id_columns {
    const pqt_reader *reader;
    int32_t id, date;
    pqt_values ids, dates; /* of one row group */
};

/* Which ids of a file are collected: those in a range, of rows whose date is in another,
 * or is not in it. */
struct wanted_ids {
    int64_t lowest, highest;
    int32_t first, last;
    bool is_elsewhere;
};

static bool is_wanted(const struct wanted_ids *wanted, int64_t id, int32_t date)
{
    const bool is_inside = date >= wanted->first && date <= wanted->last;
    return id >= wanted->lowest && id <= wanted->highest &&
           is_inside != wanted->is_elsewhere;
}

static pqt_status collect_group(const struct wanted_ids *wanted, struct id_columns *c,
                                int32_t row_group, id_list *out, pqt_error *error)
{
    const int64_t count = pqt_reader_metadata(c->reader)->row_groups[row_group].row_count;
    TRY(pqt_reader_read(c->reader, row_group, c->id, 0, count, &c->ids, error));
    TRY(pqt_reader_read(c->reader, row_group, c->date, 0, count, &c->dates, error));
    for (int64_t i = 0; i < count; i++) {
        const int64_t id = c->ids.int64s[i];
        if (is_wanted(wanted, id, c->dates.int32s[i])) TRY(id_list_add(out, id, error));
    }
    return PQT_OK;
}

static pqt_status collect_groups(const pqt_reader *reader, const char *name,
                                 const struct wanted_ids *wanted, id_list *out,
                                 pqt_error *error)
{
    const int32_t groups = pqt_reader_metadata(reader)->row_group_count;
    struct id_columns c = {.reader = reader};
    pqt_status status = file_column_find(reader, name, COLUMN_ID, &c.id, error);
    if (status == PQT_OK)
        status = file_column_find(reader, name, COLUMN_DATE, &c.date, error);
    for (int32_t g = 0; status == PQT_OK && g < groups; g++)
        status = collect_group(wanted, &c, g, out, error);
    pqt_values_free(&c.ids);
    pqt_values_free(&c.dates);
    return status;
}

/* Replaces what is in the list. */
static pqt_status collect_ids(store *s, const char *path, const struct wanted_ids *wanted,
                              id_list *out, pqt_error *error)
{
    pqt_reader *reader = NULL;
    TRY(id_list_clear(out, error));
    TRY(file_open(s, path, &reader, error));
    const pqt_status status = collect_groups(reader, path, wanted, out, error);
    pqt_reader_close(reader);
    return status;
}

static pqt_status check_file(const moved_ids *moved, const delta_file *file, id_list *ids,
                             id_list *scratch, pqt_error *error)
{
    const export_day *day = moved->day;
    const struct wanted_ids wanted = {day->lowest_id, day->highest_id, day->date,
                                      day->date, true};
    bool found = false;
    int64_t id = 0;
    const pqt_status read =
        collect_ids(moved->store, file->path, &wanted, scratch, error);
    if (read == PQT_NOT_FOUND)
        return error_set(
            error, PQT_CORRUPT,
            "ids of the day may be in the archived file %s too, and it is gone",
            file->path);
    TRY(read);
    TRY(id_list_find_common(ids, scratch, &found, &id, error));
    if (!found) return PQT_OK;
    char what[300];
    snprintf(what, sizeof what, "the archive has it on another day, in %s", file->path);
    return day_contradict(moved->day, id, what, error);
}

pqt_status moved_ids_check(const moved_ids *moved, id_list *ids, id_list *scratch,
                           pqt_error *error)
{
    int64_t lowest, highest;
    id_list_range(ids, &lowest, &highest);
    for (size_t i = 0; i < moved->file_count; i++)
        if (overlaps(moved->files[i], lowest, highest))
            TRY(check_file(moved, moved->files[i], ids, scratch, error));
    return id_list_clear(scratch, error);
}

void moved_ids_free(moved_ids *moved)
{
    arena_free(&moved->memory);
    *moved = (moved_ids){0};
}

/* --- Files that come back --- */

static pqt_status report_return(const delta_file *returning, const delta_file *live,
                                int64_t id, pqt_error *error)
{
    return error_set(
        error, PQT_CORRUPT,
        "the row with id %lld of %s cannot come back: another row has its id "
        "meanwhile, in %s. Nothing was changed; are ids used again?",
        (long long)id, returning->path, live->path);
}

static pqt_status check_return(store *s, const delta_snapshot *live,
                               const delta_file *returning, id_list *ids, id_list *other,
                               pqt_error *error)
{
    static const struct wanted_ids all = {INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX,
                                          false};
    const delta_column_stats *range = delta_stats(returning, "id");
    const bool is_known = range && range->has_range && !range->is_text;
    for (int32_t i = 0; i < live->file_count; i++) {
        const delta_file *file = &live->files[i];
        bool found = false;
        int64_t id = 0;
        if (is_known && !overlaps(file, range->min_number, range->max_number)) continue;
        TRY(collect_ids(s, file->path, &all, other, error));
        TRY(id_list_find_common(ids, other, &found, &id, error));
        if (found) return report_return(returning, file, id, error);
    }
    return PQT_OK;
}

pqt_status moved_ids_check_return(const export_context *context,
                                  const delta_snapshot *live, const delta_file *returning,
                                  int32_t before, pqt_error *error)
{
    const struct wanted_ids wanted = {INT64_MIN, INT64_MAX, INT32_MIN, before - 1, false};
    const char *directory = context->settings->temporary_directory;
    id_list *ids = NULL, *other = NULL;
    pqt_status status = id_list_create(directory, &ids, error);
    if (status == PQT_OK) status = id_list_create(directory, &other, error);
    if (status == PQT_OK)
        status = collect_ids(context->store, returning->path, &wanted, ids, error);
    if (status == PQT_OK)
        status = check_return(context->store, live, returning, ids, other, error);
    id_list_free(ids);
    id_list_free(other);
    return status;
}
