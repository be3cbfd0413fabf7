#include "query/scan_file.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/date.h"
#include "base/view.h"
#include "table/object_key.h"
#include "table/project_directory.h"

enum { TAIL_LIMIT_BYTES = 16 << 20, DEFAULT_TAIL_BYTES = 256 << 10 };

/* --- What the log says --- */

static void read_dates(const delta_file *entry, scan_file *file)
{
    const delta_column_stats *stats = delta_stats(entry, "date");
    file->has_dates =
        stats && stats->has_range && stats->is_text &&
        date_parse_iso(view_text(stats->min_text), &file->first_date, NULL) == PQT_OK &&
        date_parse_iso(view_text(stats->max_text), &file->last_date, NULL) == PQT_OK;
}

pqt_status scan_file_create(const delta_file *entry, scan_file **out, pqt_error *error)
{
    scan_file *file = alloc_zeroed(NULL, 1, sizeof *file);
    if (!file) return error_no_memory(error, sizeof *file);
    const char *hash = delta_tag(entry, TAG_SHA256);
    file->path = alloc_text(NULL, entry->path);
    file->hash = hash ? alloc_text(NULL, hash) : NULL;
    if (!file->path || (hash && !file->hash)) {
        scan_file_free(file);
        return error_no_memory(error, strlen(entry->path));
    }
    file->size_bytes = entry->size_bytes;
    read_dates(entry, file);
    file->has_one_slug = file->has_dates && file->first_date == file->last_date &&
                         delta_tag(entry, TAG_ROW_HASH) != NULL;
    const char *tail = delta_tag(entry, TAG_TAIL_BYTES);
    file->tail_bytes = tail ? strtoull(tail, NULL, 10) : 0;
    if (file->tail_bytes == 0 || file->tail_bytes > TAIL_LIMIT_BYTES)
        file->tail_bytes = DEFAULT_TAIL_BYTES;
    *out = file;
    return PQT_OK;
}

void scan_file_close(scan_file *file)
{
    pqt_reader_close(file->reader); /* and with it the input */
    if (file->has_input && file->input.release) file->input.release(file->input.self);
    file->has_input = false;
    file->kept = NULL;
    alloc_release(NULL, file->runs);
    arena_free(&file->memory);
    file->reader = NULL;
    file->runs = NULL;
    file->groups = NULL;
    file->run_count = file->run_capacity = 0;
    file->has_directory = false;
    memset(file->has_index, 0, sizeof file->has_index);
}

void scan_file_free(scan_file *file)
{
    if (!file) return;
    scan_file_close(file);
    alloc_release(NULL, file->path);
    alloc_release(NULL, file->hash);
    alloc_release(NULL, file);
}

/* --- Opening --- */

static const pqt_type column_types[COLUMN_COUNT] = {
    [COLUMN_ID] = PQT_INT64,
    [COLUMN_PROJECT_ID] = PQT_INT32,
    [COLUMN_PROJECT_SLUG] = PQT_BYTE_ARRAY,
    [COLUMN_VERSION_ID] = PQT_INT32,
    [COLUMN_VERSION_SLUG] = PQT_BYTE_ARRAY,
    [COLUMN_PATH] = PQT_BYTE_ARRAY,
    [COLUMN_FULL_PATH] = PQT_BYTE_ARRAY,
    [COLUMN_VIEW_COUNT] = PQT_INT32,
    [COLUMN_DATE] = PQT_INT32,
    [COLUMN_STATUS] = PQT_INT32,
};

static pqt_status find_columns(scan_file *file, pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(file->reader)->schema;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const int32_t found = pqt_schema_find(schema, archive_columns[i].name);
        const pqt_schema_node *node =
            found < 0 ? NULL : &schema->nodes[schema->column_nodes[found]];
        if (!node || node->type != column_types[i] || node->max_repetition_level > 0)
            return error_set(error, PQT_CORRUPT,
                             "%s: column %s is missing or not of the archive's type",
                             file->path, archive_columns[i].name);
        file->columns[i] = found;
    }
    return PQT_OK;
}

static int compare_runs(const void *a, const void *b)
{
    const project_run *left = a, *right = b;
    if (left->project_id != right->project_id)
        return left->project_id < right->project_id ? -1 : 1;
    if (left->row_group != right->row_group)
        return left->row_group < right->row_group ? -1 : 1;
    return (left->first_row > right->first_row) - (left->first_row < right->first_row);
}

static pqt_status add_runs(scan_file *file, int32_t group, const pqt_runs *runs,
                           pqt_error *error)
{
    int64_t row = 0;
    void *array = file->runs;
    if (alloc_grow(NULL, &array, &file->run_capacity, file->run_count + runs->count,
                   sizeof *file->runs) != 0)
        return error_no_memory(error,
                               (file->run_count + runs->count) * sizeof *file->runs);
    file->runs = array;
    for (size_t i = 0; i < runs->count; i++) {
        const pqt_run *run = &runs->runs[i];
        if (run->is_null)
            return error_set(error, PQT_CORRUPT, "%s: a project_id is null", file->path);
        file->runs[file->run_count++] =
            (project_run){(int32_t)run->value, group, row, run->row_count};
        row += run->row_count;
    }
    return PQT_OK;
}

/* The project_id column of these row groups (NULL: all), which is a few runs in each. */
static pqt_status read_runs(scan_file *file, const bool *wanted, pqt_error *error)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(file->reader);
    pqt_values scratch = {0};
    pqt_runs runs = {0};
    pqt_status status = PQT_OK;
    for (int32_t g = 0; g < metadata->row_group_count && status == PQT_OK; g++) {
        if (file->groups[g].has_runs || (wanted && !wanted[g])) continue;
        runs.count = 0;
        status = pqt_reader_read_runs(file->reader, g, file->columns[COLUMN_PROJECT_ID],
                                      0, metadata->row_groups[g].row_count, &scratch,
                                      &runs, error);
        if (status == PQT_OK) status = add_runs(file, g, &runs, error);
        file->groups[g].has_runs = status == PQT_OK;
    }
    if (file->run_count)
        qsort(file->runs, file->run_count, sizeof *file->runs, compare_runs);
    pqt_runs_free(&runs);
    pqt_values_free(&scratch);
    return status;
}

/* --- The project directory --- */

/* Directory runs that are given out row group by row group. */
struct dealing {
    const directory_run *run;
    int64_t row; /* of the run */
    project_name *names;
};

static void deal_group(scan_file *file, int32_t group, struct dealing *d)
{
    const int64_t rows = pqt_reader_metadata(file->reader)->row_groups[group].row_count;
    group_names *names = &file->groups[group];
    *names = (group_names){.is_read = true, .has_runs = true, .names = d->names};
    for (int64_t row = 0; row < rows;) {
        const int64_t of_run = d->run->row_count - d->row;
        const int64_t count = of_run < rows - row ? of_run : rows - row;
        file->runs[file->run_count++] =
            (project_run){d->run->project_id, group, row, count};
        names->names[names->count++] =
            (project_name){d->run->project_id, d->run->project_slug};
        row += count;
        d->row += count;
        if (d->row < d->run->row_count) continue;
        d->run++;
        d->row = 0;
    }
    d->names += names->count;
}

/* Where the file brings a directory, it says all that the columns would. */
static pqt_status take_directory(scan_file *file, pqt_error *error)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(file->reader);
    project_directory directory;
    TRY(project_directory_load(file->reader, &file->memory, &directory, error));
    if (directory.run_count == 0) return PQT_OK;
    const size_t most = directory.run_count + (size_t)metadata->row_group_count;
    void *runs = NULL;
    struct dealing dealing = {.run = directory.runs};
    dealing.names = arena_alloc(&file->memory, most, sizeof *dealing.names);
    if (!dealing.names ||
        alloc_grow(NULL, &runs, &file->run_capacity, most, sizeof *file->runs) != 0)
        return error_no_memory(error, most * sizeof *file->runs);
    file->runs = runs;
    for (int32_t g = 0; g < metadata->row_group_count; g++) deal_group(file, g, &dealing);
    qsort(file->runs, file->run_count, sizeof *file->runs, compare_runs);
    file->has_directory = true;
    return PQT_OK;
}

/* --- Rounds to a store that is far --- */

/* Whether the row group's statistics say nothing against the slug. */
static bool may_be_within(const scan_file *file, int32_t group, pqt_view slug)
{
    const int32_t column = file->columns[COLUMN_PROJECT_SLUG];
    const pqt_statistics *s =
        &pqt_reader_metadata(file->reader)->row_groups[group].columns[column].statistics;
    return !(s->min_value.data && view_compare(slug, s->min_value) < 0) &&
           !(s->max_value.data && view_compare(slug, s->max_value) > 0);
}

struct wanted {
    pqt_byte_range *ranges;
    size_t count;
};

static pqt_status want_chunk(const scan_file *file, int32_t group,
                             enum archive_column column, struct wanted *wanted,
                             pqt_error *error)
{
    const pqt_row_group *g = &pqt_reader_metadata(file->reader)->row_groups[group];
    TRY(pqt_reader_byte_ranges(file->reader, group, file->columns[column], 0,
                               g->row_count, &wanted->ranges[wanted->count], error));
    wanted->count += 2;
    return PQT_OK;
}

/* Whether the row group has to be asked for the slug; `slug` NULL: all that have no runs
 * yet. */
static bool is_wanted(const scan_file *file, int32_t group, const pqt_view *slug)
{
    const group_names *names = &file->groups[group];
    if (!slug) return !names->has_runs;
    return !names->is_read && may_be_within(file, group, *slug);
}

static pqt_status want_group(const scan_file *file, int32_t group, const pqt_view *slug,
                             struct wanted *wanted, pqt_error *error)
{
    if (!is_wanted(file, group, slug)) return PQT_OK;
    TRY(want_chunk(file, group, COLUMN_PROJECT_ID, wanted, error));
    return slug ? want_chunk(file, group, COLUMN_PROJECT_SLUG, wanted, error) : PQT_OK;
}

/* What the directory needs, or, with `slug`, the names of row groups that may have it, in
 * one round: there a bloom filter costs as much as the names themselves. */
static pqt_status fetch_ahead(scan_file *file, const pqt_view *slug, pqt_error *error)
{
    if (!file->kept) return PQT_OK;
    const size_t groups = (size_t)pqt_reader_metadata(file->reader)->row_group_count;
    struct wanted wanted = {.ranges =
                                alloc_zeroed(NULL, groups, 4 * sizeof *wanted.ranges)};
    if (!wanted.ranges) return error_no_memory(error, groups * sizeof *wanted.ranges);
    pqt_status status = PQT_OK;
    for (size_t g = 0; g < groups && status == PQT_OK; g++)
        status = want_group(file, (int32_t)g, slug, &wanted, error);
    if (status == PQT_OK)
        status = kept_input_fetch(&(kept_fetch){file->kept, wanted.ranges, wanted.count},
                                  1, error);
    alloc_release(NULL, wanted.ranges);
    return status;
}

static const project_name *find_name(const scan_file *file, int32_t project_id)
{
    const int32_t count = pqt_reader_metadata(file->reader)->row_group_count;
    for (int32_t g = 0; g < count; g++) {
        const group_names *names = &file->groups[g];
        for (size_t i = 0; names->has_runs && i < names->count; i++)
            if (names->names[i].project_id == project_id) return &names->names[i];
    }
    return NULL;
}

/* Whether the runs that are there have all rows of the project: where it has one slug,
 * all are in row groups that may have that. */
static bool has_all_runs(const scan_file *file, int32_t project_id)
{
    const int32_t count = pqt_reader_metadata(file->reader)->row_group_count;
    const project_name *name = find_name(file, project_id);
    if (!name || !file->has_one_slug) return false;
    for (int32_t g = 0; g < count; g++)
        if (!file->groups[g].has_runs && may_be_within(file, g, name->slug)) return false;
    return true;
}

pqt_status scan_file_direct(scan_file *file, int32_t project_id, pqt_error *error)
{
    if (file->has_directory || (file->kept && has_all_runs(file, project_id)))
        return PQT_OK;
    pqt_status status = fetch_ahead(file, NULL, error);
    if (status == PQT_OK) status = read_runs(file, NULL, error);
    if (status != PQT_OK) error_prefix(error, "archived file %s", file->path);
    file->has_directory = status == PQT_OK;
    return status;
}

/* How a file is opened. */
struct opening {
    store *store;
    bool anew; /* without what was remembered */
};

static pqt_status open_object(scan_file *file, const struct opening *opening,
                              const char *key, pqt_input *input, pqt_error *error)
{
    store *s = opening->store;
    const store_object object = {key, file->size_bytes, file->hash};
    pqt_status status;
    if (store_near_bytes(s) == 0)
        status = store_open_known(s, object.key, object.size_bytes, input, error);
    else
        status = kept_input_open(s, &object, &file->kept, input, error);
    if (status == PQT_OK && file->kept) kept_input_begin(file->kept, opening->anew);
    return status;
}

static pqt_status open_input(scan_file *file, const struct opening *opening,
                             pqt_error *error)
{
    buffer key = {0};
    pqt_status status = table_object_key(file->path, &key, error);
    if (status == PQT_OK)
        status = open_object(file, opening, (const char *)key.data, &file->input, error);
    buffer_free(&key);
    file->has_input = status == PQT_OK;
    return status;
}

static size_t first_bytes(const scan_file *file, const store *s)
{
    const size_t near = store_near_bytes(s);
    return file->tail_bytes > near ? (size_t)file->tail_bytes : near;
}

pqt_status scan_file_prepare(scan_file *file, store *s, kept_fetch *fetch, bool *wanted,
                             pqt_error *error)
{
    *wanted = !file->reader && store_near_bytes(s) > 0;
    if (!*wanted) return PQT_OK;
    if (!file->has_input) TRY(open_input(file, &(struct opening){.store = s}, error));
    const uint64_t size = file->input.size_bytes;
    const uint64_t tail = first_bytes(file, s) < size ? first_bytes(file, s) : size;
    *fetch->ranges = (pqt_byte_range){size - tail, tail};
    fetch->kept = file->kept;
    fetch->count = 1;
    return PQT_OK;
}

static pqt_status open_reader(scan_file *file, const struct opening *opening,
                              pqt_error *error)
{
    const pqt_reader_options options = {.tail_bytes = first_bytes(file, opening->store)};
    if (!file->has_input) TRY(open_input(file, opening, error));
    file->has_input = false;
    return pqt_reader_open(&file->input, &options, &file->reader, error);
}

static pqt_status fill_file(scan_file *file, const struct opening *opening,
                            pqt_error *error)
{
    TRY(open_reader(file, opening, error));
    TRY(find_columns(file, error));
    const size_t groups = (size_t)pqt_reader_metadata(file->reader)->row_group_count;
    file->groups = arena_alloc(&file->memory, groups, sizeof *file->groups);
    if (!file->groups) return error_no_memory(error, groups * sizeof *file->groups);
    return take_directory(file, error);
}

/* Bytes that were damaged on their way when they were remembered must not stay so. */
pqt_status scan_file_open(scan_file *file, store *s, pqt_error *error)
{
    struct opening opening = {.store = s};
    if (file->reader) {
        if (file->kept) kept_input_begin(file->kept, false);
        return PQT_OK;
    }
    pqt_status status = fill_file(file, &opening, error);
    if (status == PQT_CORRUPT && file->hash && store_remembers(s)) {
        scan_file_close(file);
        opening.anew = true;
        status = fill_file(file, &opening, error);
    }
    if (status == PQT_OK) return PQT_OK;
    error_prefix(error, "archived file %s", file->path);
    scan_file_close(file);
    if (status != PQT_NOT_FOUND) return status;
    if (error) error->status = PQT_CORRUPT; /* the store is there; the log has the file */
    return PQT_CORRUPT;
}

void scan_file_settle(scan_file *file)
{
    if (file->kept) kept_input_end(file->kept);
}

pqt_status scan_file_need(scan_file *file, enum archive_column column, pqt_error *error)
{
    if (file->has_index[column]) return PQT_OK;
    TRY(pqt_reader_load_page_indexes(file->reader, &file->columns[column], 1, error));
    file->has_index[column] = true;
    return PQT_OK;
}

void scan_file_find(const scan_file *file, int32_t project_id, size_t *first,
                    size_t *count)
{
    size_t low = 0, high = file->run_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (file->runs[middle].project_id < project_id)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < file->run_count && file->runs[low].project_id == project_id) low++;
    *count = low - *first;
}

/* --- Slugs --- */

/* False where the row group's statistics or bloom filter exclude the slug. */
static pqt_status may_have_slug(const scan_file *file, int32_t group, pqt_view slug,
                                bool *may_have, pqt_error *error)
{
    const int32_t column = file->columns[COLUMN_PROJECT_SLUG];
    *may_have = may_be_within(file, group, slug);
    if (!*may_have || file->kept) return PQT_OK;
    return pqt_reader_bloom_check(file->reader, group, column, slug, may_have, error);
}

static pqt_status add_name(scan_file *file, group_names *names, size_t *capacity,
                           const project_name *name, pqt_error *error)
{
    if (names->count == *capacity) {
        const size_t wider = *capacity ? *capacity * 2 : 64;
        project_name *array = arena_alloc(&file->memory, wider, sizeof *array);
        if (!array) return error_no_memory(error, wider * sizeof *array);
        if (names->count) memcpy(array, names->names, names->count * sizeof *array);
        names->names = array;
        *capacity = wider;
    }
    project_name kept = *name;
    kept.slug = arena_copy(&file->memory, name->slug);
    if (!kept.slug.data) return error_no_memory(error, name->slug.size_bytes);
    names->names[names->count++] = kept;
    return PQT_OK;
}

/* Each change of slug or project from row to row is a name. */
static pqt_status collect_names(scan_file *file, const pqt_values *slugs,
                                const pqt_values *ids, group_names *names,
                                pqt_error *error)
{
    size_t capacity = 0;
    for (int64_t i = 0; i < slugs->row_count; i++) {
        const pqt_view slug = slugs->bytes[i];
        const bool same = i > 0 && ids->int32s[i] == ids->int32s[i - 1] &&
                          view_compare(slug, slugs->bytes[i - 1]) == 0;
        if (same) continue;
        const project_name name = {ids->int32s[i], slug};
        TRY(add_name(file, names, &capacity, &name, error));
    }
    return PQT_OK;
}

static pqt_status read_names(scan_file *file, int32_t group, pqt_error *error)
{
    const int64_t rows = pqt_reader_metadata(file->reader)->row_groups[group].row_count;
    pqt_values slugs = {0}, ids = {0};
    group_names names = {.is_read = true, .has_runs = file->groups[group].has_runs};
    pqt_status status = pqt_reader_read(
        file->reader, group, file->columns[COLUMN_PROJECT_SLUG], 0, rows, &slugs, error);
    if (status == PQT_OK)
        status = pqt_reader_read(file->reader, group, file->columns[COLUMN_PROJECT_ID], 0,
                                 rows, &ids, error);
    if (status == PQT_OK) status = collect_names(file, &slugs, &ids, &names, error);
    if (status == PQT_OK) file->groups[group] = names;
    pqt_values_free(&slugs);
    pqt_values_free(&ids);
    return status;
}

/* Looks into the row group unless it cannot have the slug. */
static pqt_status need_names(scan_file *file, int32_t group, pqt_view slug,
                             bool no_pruning, pqt_error *error)
{
    bool may_have = true;
    if (file->groups[group].is_read) return PQT_OK;
    if (!no_pruning) TRY(may_have_slug(file, group, slug, &may_have, error));
    return may_have ? read_names(file, group, error) : PQT_OK;
}

/* Of a file that is far the runs come with the names: their bytes are here. */
static pqt_status need_runs(scan_file *file, pqt_error *error)
{
    const size_t count = (size_t)pqt_reader_metadata(file->reader)->row_group_count;
    bool *wanted = file->kept ? alloc_zeroed(NULL, count, sizeof *wanted) : NULL;
    if (!file->kept) return PQT_OK;
    if (!wanted) return error_no_memory(error, count);
    for (size_t g = 0; g < count; g++) wanted[g] = file->groups[g].is_read;
    const pqt_status status = read_runs(file, wanted, error);
    alloc_release(NULL, wanted);
    return status;
}

pqt_status scan_file_find_slug(scan_file *file, pqt_view slug, bool no_pruning,
                               scan_name_callback callback, void *self, pqt_error *error)
{
    const int32_t count = pqt_reader_metadata(file->reader)->row_group_count;
    TRY(fetch_ahead(file, &slug, error));
    for (int32_t g = 0; g < count; g++) {
        TRY(need_names(file, g, slug, no_pruning, error));
        const group_names *names = &file->groups[g];
        if (!no_pruning && !may_be_within(file, g, slug)) continue;
        for (size_t i = 0; i < names->count; i++)
            if (view_equal(names->names[i].slug, slug))
                TRY(callback(self, names->names[i].project_id, error));
    }
    return need_runs(file, error);
}
