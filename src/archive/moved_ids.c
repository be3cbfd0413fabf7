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

static pqt_status collect_group(const moved_ids *moved, struct id_columns *c,
                                int32_t row_group, id_list *out, pqt_error *error)
{
    const int64_t count = pqt_reader_metadata(c->reader)->row_groups[row_group].row_count;
    TRY(pqt_reader_read(c->reader, row_group, c->id, 0, count, &c->ids, error));
    TRY(pqt_reader_read(c->reader, row_group, c->date, 0, count, &c->dates, error));
    for (int64_t i = 0; i < count; i++) {
        const int64_t id = c->ids.int64s[i];
        if (id >= moved->day->lowest_id && id <= moved->day->highest_id &&
            c->dates.int32s[i] != moved->day->date)
            TRY(id_list_add(out, id, error));
    }
    return PQT_OK;
}

/* The ids that a file has on other days, as far as the day's rows may have them. */
static pqt_status collect_ids(const moved_ids *moved, const pqt_reader *reader,
                              const char *name, id_list *out, pqt_error *error)
{
    const int32_t groups = pqt_reader_metadata(reader)->row_group_count;
    struct id_columns c = {.reader = reader};
    pqt_status status = file_column_find(reader, name, COLUMN_ID, &c.id, error);
    if (status == PQT_OK)
        status = file_column_find(reader, name, COLUMN_DATE, &c.date, error);
    for (int32_t g = 0; status == PQT_OK && g < groups; g++)
        status = collect_group(moved, &c, g, out, error);
    pqt_values_free(&c.ids);
    pqt_values_free(&c.dates);
    return status;
}

static pqt_status check_file(const moved_ids *moved, const delta_file *file, id_list *ids,
                             id_list *scratch, pqt_error *error)
{
    pqt_reader *reader = NULL;
    bool found = false;
    int64_t id = 0;
    TRY(id_list_clear(scratch, error));
    TRY(file_open(moved->store, file->path, &reader, error));
    pqt_status status = collect_ids(moved, reader, file->path, scratch, error);
    pqt_reader_close(reader);
    if (status == PQT_OK) status = id_list_find_common(ids, scratch, &found, &id, error);
    if (status != PQT_OK || !found) return status;
    char what[300];
    snprintf(what, sizeof what, "the archive has it on another day, in %s", file->path);
    return day_contradict(moved->day, id, what, error);
}

pqt_status moved_ids_check(const moved_ids *moved, id_list *ids, id_list *scratch,
                           pqt_error *error)
{
    if (id_list_is_empty(ids)) return PQT_OK;
    for (size_t i = 0; i < moved->file_count; i++)
        TRY(check_file(moved, moved->files[i], ids, scratch, error));
    return id_list_clear(scratch, error);
}

void moved_ids_free(moved_ids *moved)
{
    arena_free(&moved->memory);
    *moved = (moved_ids){0};
}
