#include "archive/import_files.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/date.h"
#include "base/view.h"

/* --- Finding --- */

struct adding {
    import_files *files;
    const import_place *place;
    bool is_named;
};

static pqt_status add_entry(const struct adding *a, const char *key, uint64_t size_bytes,
                            pqt_error *error)
{
    import_files *files = a->files;
    buffer name = {0};
    void *array = files->entries;
    const char *separator = *a->place->shown ? "/" : "";
    const size_t start = strlen(a->place->shown) + strlen(separator);
    TRY(buffer_printf(&name, error, "%s%s%s", a->place->shown, separator, key));
    char *copy = arena_text(&files->memory, buffer_view(&name));
    buffer_free(&name);
    if (!copy || alloc_grow(NULL, &array, &files->capacity, files->count + 1,
                            sizeof *files->entries) != 0)
        return error_no_memory(error, sizeof *files->entries);
    files->entries = array;
    files->entries[files->count++] = (import_entry){.store = a->place->store,
                                                    .name = copy,
                                                    .key = copy + start,
                                                    .path = import_path_read(copy),
                                                    .is_named = a->is_named,
                                                    .first = INT32_MAX,
                                                    .last = INT32_MIN,
                                                    .size_bytes = size_bytes};
    return PQT_OK;
}

static pqt_status see_object(void *self, const store_entry *entry, pqt_error *error)
{
    const struct adding *a = self;
    TRY(progress_check(a->files->progress, error));
    if (!import_path_is_taken(entry->key)) return PQT_OK;
    return add_entry(a, entry->key, entry->size_bytes, error);
}

pqt_status import_files_add(import_files *files, const import_place *place,
                            pqt_error *error)
{
    struct adding a = {files, place, place->key != NULL};
    uint64_t size = 0;
    if (!place->key) return store_list(place->store, "", NULL, see_object, &a, error);
    const pqt_status status = store_size(place->store, place->key, &size, error);
    if (status == PQT_NOT_FOUND)
        return error_set(error, status, "%s%s%s: there is no such file", place->shown,
                         *place->shown ? "/" : "", place->key);
    TRY(status);
    return add_entry(&a, place->key, size, error);
}

/* By the date in their names, so that a later file's slugs come last. */
static int compare_entries(const void *a, const void *b)
{
    const import_entry *left = a, *right = b;
    const int32_t left_date = left->path.has_date ? left->path.date : INT32_MIN;
    const int32_t right_date = right->path.has_date ? right->path.date : INT32_MIN;
    if (left_date != right_date) return left_date < right_date ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* --- Reading --- */

static pqt_status open_entry(const import_entry *entry, pqt_reader **out,
                             pqt_error *error)
{
    pqt_input input;
    TRY(store_open_input(entry->store, entry->key, &input, error));
    return pqt_reader_open(&input, NULL, out, error);
}

/* Says of which file an error is, unless it says so itself. */
static pqt_status with_name(const import_entry *entry, pqt_status status,
                            pqt_error *error)
{
    if (status != PQT_OK && status != PQT_CANCELLED && error &&
        strncmp(error->message, entry->name, strlen(entry->name)) != 0)
        error_prefix(error, "%s", entry->name);
    return status;
}

pqt_status import_files_read(const import_files *files, const import_entry *entry,
                             import_row_callback callback, void *self, pqt_error *error)
{
    pqt_reader *reader = NULL;
    pqt_status status = open_entry(entry, &reader, error);
    if (status == PQT_OK)
        status = import_file_read(reader, &entry->path, callback, self, files->progress,
                                  error);
    pqt_reader_close(reader);
    return with_name(entry, status, error);
}

/* --- Looking through --- */

struct surveying {
    import_files *files;
    import_entry *entry;
};

static pqt_status refuse_day(const import_files *files, const import_row *row,
                             pqt_error *error)
{
    char date[DATE_TEXT_BYTES], last[DATE_TEXT_BYTES];
    date_text(row->row.date, date);
    date_text(files->yesterday, last);
    if (row->row.date < 0)
        return error_set(error, PQT_CORRUPT,
                         "a row of %s; expected days from 1970-01-01 on", date);
    return error_set(error, PQT_INVALID,
                     "rows of %s, a day that is not over (in UTC): leave it out with "
                     "--until %s",
                     date, last);
}

static pqt_status note_slug(id_slugs *map, int32_t id, pqt_view slug, pqt_error *error)
{
    const id_slug *known = slug.size_bytes ? id_slugs_get(map, id) : NULL;
    if (slug.size_bytes == 0 || (known && view_equal(known->slug, slug))) return PQT_OK;
    return id_slugs_put(map, id, slug, error);
}

static pqt_status survey_row(void *self, const import_row *row, pqt_error *error)
{
    const struct surveying *s = self;
    import_files *files = s->files;
    import_entry *entry = s->entry;
    const int32_t date = row->row.date;
    entry->rows++;
    if (date < entry->first) entry->first = date;
    if (date > entry->last) entry->last = date;
    if (date < files->since || date > files->until) {
        entry->rows_left_out++;
        return PQT_OK;
    }
    if (date < 0 || date > files->yesterday) return refuse_day(files, row, error);
    struct import_day *day = &files->days[date];
    day->rows++;
    day->is_whole = day->is_whole || !entry->path.is_part;
    if (date < files->first) files->first = date;
    if (date > files->last) files->last = date;
    TRY(note_slug(&files->projects, row->row.project_id, row->project_slug, error));
    if (!row->row.has_version) return PQT_OK;
    return note_slug(&files->versions, row->row.version_id, row->version_slug, error);
}

static pqt_status survey_entry(import_files *files, import_entry *entry, pqt_error *error)
{
    struct surveying s = {files, entry};
    pqt_reader *reader = NULL;
    pqt_status status = open_entry(entry, &reader, error);
    if (status == PQT_OK) {
        entry->is_ours = !entry->is_named && import_file_is_ours(reader);
        if (!entry->is_ours)
            status = import_file_read(reader, &entry->path, survey_row, &s,
                                      files->progress, error);
    }
    pqt_reader_close(reader);
    return with_name(entry, status, error);
}

pqt_status import_files_survey(import_files *files, pqt_error *error)
{
    const size_t days = (size_t)files->yesterday + 1;
    files->first = INT32_MAX;
    files->last = INT32_MIN;
    files->days = alloc_zeroed(NULL, days, sizeof *files->days);
    if (!files->days) return error_no_memory(error, days * sizeof *files->days);
    if (files->count)
        qsort(files->entries, files->count, sizeof *files->entries, compare_entries);
    for (size_t i = 0; i < files->count; i++) {
        TRY(progress_check(files->progress, error));
        TRY(survey_entry(files, &files->entries[i], error));
        progress_report(files->progress, "files", (int64_t)i + 1, (int64_t)files->count);
    }
    return PQT_OK;
}

void import_files_free(import_files *files)
{
    alloc_release(NULL, files->entries);
    alloc_release(NULL, files->days);
    id_slugs_free(&files->projects);
    id_slugs_free(&files->versions);
    arena_free(&files->memory);
}
