#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "source/kind.h"

struct memory {
    source_memory_table own;
    source_memory_table *table; /* the test's, or our own */
    slug_map projects;
    slug_map versions;
    slug_map organizations;
    source_identity identity;
    size_t fail_at_row;
    arena texts;
    source_row *pending; /* rows that are put back, until they are committed */
    size_t pending_count, pending_capacity;
    int64_t equal_count;
};

static pqt_status copy_row(const source_row *row, arena *texts, source_row *out,
                           pqt_error *error)
{
    *out = *row;
    out->path = arena_copy(texts, row->path);
    out->full_path = arena_copy(texts, row->full_path);
    if (!out->path.data || !out->full_path.data) return error_no_memory(error, 1);
    return PQT_OK;
}

static pqt_status identify_memory(void *self, source_identity *out, pqt_error *error)
{
    (void)error;
    *out = ((struct memory *)self)->identity;
    return PQT_OK;
}

static pqt_status memory_project_slugs(void *self, source_slugs *out, pqt_error *error)
{
    (void)error;
    const struct memory *memory = self;
    *out = (source_slugs){memory->projects.slugs, memory->projects.count};
    return PQT_OK;
}

static pqt_status memory_version_slugs(void *self, source_slugs *out, pqt_error *error)
{
    (void)error;
    const struct memory *memory = self;
    *out = (source_slugs){memory->versions.slugs, memory->versions.count};
    return PQT_OK;
}

static pqt_status memory_organizations(void *self, source_slugs *out, pqt_error *error)
{
    (void)error;
    const struct memory *memory = self;
    *out = (source_slugs){memory->organizations.slugs, memory->organizations.count};
    return PQT_OK;
}

static pqt_status memory_date_range(void *self, int32_t *first, int32_t *last,
                                    bool *empty, pqt_error *error)
{
    (void)error;
    const struct memory *memory = self;
    const source_memory_table *table = memory->table;
    *empty = table->row_count == 0;
    for (size_t i = 0; i < table->row_count; i++) {
        const int32_t date = table->rows[i].date;
        if (i == 0 || date < *first) *first = date;
        if (i == 0 || date > *last) *last = date;
    }
    return PQT_OK;
}

static pqt_status memory_size(void *self, source_size *out, pqt_error *error)
{
    const struct memory *memory = self;
    (void)error;
    *out =
        (source_size){(int64_t)memory->table->row_count,
                      (int64_t)(memory->table->row_count * sizeof *memory->table->rows)};
    return PQT_OK;
}

static pqt_status memory_estimate(void *self, int32_t since, int32_t until,
                                  source_estimate *out, pqt_error *error)
{
    (void)since;
    (void)until;
    (void)error;
    *out = (source_estimate){(int64_t)((struct memory *)self)->table->row_count, true};
    return PQT_OK;
}

static pqt_status read_memory(void *self, int32_t since, int32_t until,
                              source_row_callback callback, void *callback_self,
                              const pqt_progress *progress, int64_t *row_count,
                              pqt_error *error)
{
    const struct memory *memory = self;
    const source_memory_table *table = memory->table;
    *row_count = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        TRY(progress_check(progress, error));
        if (memory->fail_at_row == i + 1)
            return error_set(error, PQT_IO, "injected fault at row %zu", i + 1);
        if (table->rows[i].date < since || table->rows[i].date > until) continue;
        TRY(callback(callback_self, &table->rows[i], error));
        ++*row_count;
    }
    return PQT_OK;
}

/* Of the rows that the caller is told of, those of a slice. */
struct one_project {
    const source_slice *slice;
    source_row_callback callback;
    void *self;
    int64_t row_count;
};

static pqt_status take_project_row(void *self, const source_row *row, pqt_error *error)
{
    struct one_project *one = self;
    const source_slice *slice = one->slice;
    if (row->project_id != slice->project_id) return PQT_OK;
    if (!slice->any_status && row->status != slice->status) return PQT_OK;
    one->row_count++;
    return one->callback(one->self, row, error);
}

static pqt_status read_memory_project(void *self, const source_slice *slice,
                                      source_row_callback callback, void *callback_self,
                                      const pqt_progress *progress, int64_t *row_count,
                                      pqt_error *error)
{
    struct one_project one = {slice, callback, callback_self, 0};
    int64_t all = 0;
    TRY(read_memory(self, slice->since, slice->until, take_project_row, &one, progress,
                    &all, error));
    *row_count = one.row_count;
    return PQT_OK;
}

static pqt_status memory_slice_versions(void *self, const source_slice *slice,
                                        source_slugs *out, pqt_error *error)
{
    (void)slice;
    return memory_version_slugs(self, out, error);
}

static pqt_status memory_has_day(void *self, int32_t day, bool *has_rows,
                                 pqt_error *error)
{
    (void)error;
    const source_memory_table *table = ((const struct memory *)self)->table;
    *has_rows = false;
    for (size_t i = 0; i < table->row_count; i++)
        if (table->rows[i].date == day) *has_rows = true;
    return PQT_OK;
}

static pqt_status resolve_in_memory(void *self, pqt_view slug, int32_t *project_id,
                                    bool *found, pqt_error *error)
{
    (void)error;
    const struct memory *memory = self;
    *found = false;
    for (size_t i = 0; i < memory->projects.count; i++) {
        if (!view_equal(memory->projects.slugs[i].slug, slug)) continue;
        *project_id = memory->projects.slugs[i].id;
        *found = true;
    }
    return PQT_OK;
}

static pqt_status memory_has_project(void *self, int32_t project_id, bool *has_rows,
                                     pqt_error *error)
{
    (void)error;
    const source_memory_table *table = ((const struct memory *)self)->table;
    *has_rows = false;
    for (size_t i = 0; i < table->row_count; i++)
        if (table->rows[i].project_id == project_id) *has_rows = true;
    return PQT_OK;
}

static void diagnose_memory(void *self, int32_t day, source_finding_callback callback,
                            void *callback_self)
{
    (void)self;
    (void)day;
    callback(callback_self, SOURCE_FINDING_OK, "connection", "rows in memory");
}

/* --- Deleting --- */

static pqt_status prepare_memory(void *self, const source_delete_limits *limits,
                                 pqt_error *error)
{
    const struct memory *memory = self;
    (void)limits;
    if (!memory->identity.ids_may_return) return PQT_OK;
    return error_set(error, PQT_UNSUPPORTED, "ids of deleted rows may come again");
}

static bool is_same_text(bool has, pqt_view text, bool other_has, pqt_view other)
{
    return has == other_has && (!has || view_equal(text, other));
}

static bool is_same(const source_row *a, const source_row *b)
{
    return a->id == b->id && a->project_id == b->project_id &&
           a->has_version == b->has_version &&
           (!a->has_version || a->version_id == b->version_id) &&
           view_equal(a->path, b->path) &&
           is_same_text(a->has_full_path, a->full_path, b->has_full_path, b->full_path) &&
           a->view_count == b->view_count && a->date == b->date && a->status == b->status;
}

static bool find_row(const source_memory_table *table, int64_t id, size_t *at)
{
    for (*at = 0; *at < table->row_count; ++*at)
        if (table->rows[*at].id == id) return true;
    return false;
}

static void compare_batch(source_memory_table *table, const source_row *rows,
                          size_t count, bool removes, source_deletion *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t at;
        if (!find_row(table, rows[i].id, &at)) continue;
        if (!is_same(&table->rows[at], &rows[i])) {
            out->kept++;
            continue;
        }
        out->deleted++;
        if (removes) table->rows[at] = table->rows[--table->row_count];
    }
}

static pqt_status delete_in_memory(void *self, const source_row *rows, size_t count,
                                   source_deletion *out, pqt_error *error)
{
    source_memory_table *table = ((struct memory *)self)->table;
    if (table->on_delete) {
        const pqt_status status = table->on_delete(table->self, false, error);
        out->is_transient = status == PQT_TIMEOUT;
        TRY(status);
    }
    compare_batch(table, rows, count, true, out);
    return table->on_delete ? table->on_delete(table->self, true, error) : PQT_OK;
}

static pqt_status compare_in_memory(void *self, const source_row *rows, size_t count,
                                    source_deletion *out, pqt_error *error)
{
    (void)error;
    compare_batch(((struct memory *)self)->table, rows, count, false, out);
    return PQT_OK;
}

/* --- Putting back --- */

static pqt_status begin_in_memory(void *self, pqt_error *error)
{
    struct memory *memory = self;
    if (memory->table->row_capacity == 0)
        return error_set(error, PQT_UNSUPPORTED, "there is no room for rows");
    memory->pending_count = 0;
    memory->equal_count = 0;
    return PQT_OK;
}

/* Whether the table has the row; CORRUPT where it has another one with its id. */
static pqt_status find_equal(const source_memory_table *table, const source_row *row,
                             bool *is_there, pqt_error *error)
{
    size_t at;
    *is_there = find_row(table, row->id, &at);
    if (!*is_there || is_same(&table->rows[at], row)) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "id %lld is there with other values",
                     (long long)row->id);
}

static pqt_status insert_in_memory(void *self, const source_row *row, pqt_error *error)
{
    struct memory *memory = self;
    bool is_there;
    TRY(find_equal(memory->table, row, &is_there, error));
    memory->equal_count += is_there;
    if (is_there) return PQT_OK;
    void *array = memory->pending;
    if (alloc_grow(NULL, &array, &memory->pending_capacity, memory->pending_count + 1,
                   sizeof *memory->pending) != 0)
        return error_no_memory(error, sizeof *memory->pending);
    memory->pending = array;
    TRY(copy_row(row, memory->table->texts, &memory->pending[memory->pending_count],
                 error));
    memory->pending_count++;
    return PQT_OK;
}

/* What the table got meanwhile counts, as a unique index would have it. */
static pqt_status commit_in_memory(void *self, source_insertion *out, pqt_error *error)
{
    struct memory *memory = self;
    source_memory_table *table = memory->table;
    size_t at;
    if (memory->pending_count > table->row_capacity - table->row_count)
        return error_set(error, PQT_LIMIT, "no room for %zu rows", memory->pending_count);
    for (size_t i = 0; i < memory->pending_count; i++)
        if (find_row(table, memory->pending[i].id, &at))
            return error_set(error, PQT_CORRUPT, "id %lld is there",
                             (long long)memory->pending[i].id);
    for (size_t i = 0; i < memory->pending_count; i++)
        table->rows[table->row_count++] = memory->pending[i];
    *out = (source_insertion){.inserted = (int64_t)memory->pending_count,
                              .equal = memory->equal_count};
    memory->pending_count = 0;
    return PQT_OK;
}

static void end_in_memory(void *self)
{
    ((struct memory *)self)->pending_count = 0;
}

static pqt_status no_lag(void *self, int64_t *lag_ms, pqt_error *error)
{
    (void)self;
    (void)error;
    *lag_ms = 0;
    return PQT_OK;
}

static void diagnose_delete_in_memory(void *self, source_finding_callback callback,
                                      void *callback_self)
{
    (void)self;
    callback(callback_self, SOURCE_FINDING_OK, "deletion", "rows in memory");
}

static void release_memory(void *self)
{
    struct memory *memory = self;
    alloc_release(NULL, memory->own.rows);
    alloc_release(NULL, memory->pending);
    slug_map_clear(&memory->projects);
    slug_map_clear(&memory->versions);
    slug_map_clear(&memory->organizations);
    arena_free(&memory->texts);
    alloc_release(NULL, memory);
}

static const struct source_functions memory_functions = {
    .identify = identify_memory,
    .project_slugs = memory_project_slugs,
    .version_slugs = memory_version_slugs,
    .organizations = memory_organizations,
    .date_range = memory_date_range,
    .estimate = memory_estimate,
    .size = memory_size,
    .read = read_memory,
    .read_project = read_memory_project,
    .slice_versions = memory_slice_versions,
    .has_day = memory_has_day,
    .resolve_slug = resolve_in_memory,
    .diagnose = diagnose_memory,
    .prepare_delete = prepare_memory,
    .delete_rows = delete_in_memory,
    .compare_rows = compare_in_memory,
    .replica_lag = no_lag,
    .diagnose_delete = diagnose_delete_in_memory,
    .has_project = memory_has_project,
    .begin_insert = begin_in_memory,
    .insert = insert_in_memory,
    .commit_insert = commit_in_memory,
    .end_insert = end_in_memory,
    .release = release_memory,
};

static pqt_status copy_slugs(const source_slug *slugs, size_t count, slug_map *out,
                             pqt_error *error)
{
    for (size_t i = 0; i < count; i++)
        TRY(slug_map_add(out, slugs[i].id, slugs[i].slug, error));
    return PQT_OK;
}

static pqt_status copy_content(const source_memory *content, struct memory *memory,
                               pqt_error *error)
{
    memory->identity = content->identity;
    memory->fail_at_row = content->fail_at_row;
    TRY(copy_slugs(content->projects, content->project_count, &memory->projects, error));
    TRY(copy_slugs(content->versions, content->version_count, &memory->versions, error));
    TRY(copy_slugs(content->organizations, content->organization_count,
                   &memory->organizations, error));
    memory->table = content->table ? content->table : &memory->own;
    if (content->table) return PQT_OK;
    memory->own.rows = alloc_zeroed(NULL, content->row_count, sizeof *memory->own.rows);
    if (!memory->own.rows) return error_no_memory(error, content->row_count);
    for (size_t i = 0; i < content->row_count; i++) {
        source_row *row = &memory->own.rows[i];
        TRY(copy_row(&content->rows[i], &memory->texts, row, error));
        memory->own.row_count++;
    }
    return PQT_OK;
}

pqt_status source_open_memory(const source_memory *content, source **out,
                              pqt_error *error)
{
    struct memory *memory = alloc_zeroed(NULL, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    const pqt_status status = copy_content(content, memory, error);
    if (status != PQT_OK) {
        release_memory(memory);
        return status;
    }
    return source_make(&memory_functions, memory, "memory", out, error);
}
