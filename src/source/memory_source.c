#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "source/kind.h"

struct memory {
    source_row *rows;
    size_t row_count;
    slug_map projects;
    slug_map versions;
    source_identity identity;
    size_t fail_at_row;
    arena texts;
};

static pqt_status identify_memory(void *self, source_identity *out, pqt_error *error)
{
    (void)error;
    *out = ((struct memory *)self)->identity;
    return PQT_OK;
}

static pqt_status do_nothing(void *self, pqt_error *error)
{
    (void)self;
    (void)error;
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

static pqt_status memory_date_range(void *self, int32_t *first, int32_t *last,
                                    bool *empty, pqt_error *error)
{
    (void)error;
    const struct memory *memory = self;
    *empty = memory->row_count == 0;
    for (size_t i = 0; i < memory->row_count; i++) {
        if (i == 0) *first = *last = memory->rows[0].date;
        if (memory->rows[i].date < *first) *first = memory->rows[i].date;
        if (memory->rows[i].date > *last) *last = memory->rows[i].date;
    }
    return PQT_OK;
}

static pqt_status memory_size(void *self, source_size *out, pqt_error *error)
{
    const struct memory *memory = self;
    (void)error;
    *out = (source_size){(int64_t)memory->row_count,
                         (int64_t)(memory->row_count * sizeof *memory->rows)};
    return PQT_OK;
}

static pqt_status memory_estimate(void *self, int32_t since, int32_t until,
                                  source_estimate *out, pqt_error *error)
{
    (void)since;
    (void)until;
    (void)error;
    *out = (source_estimate){(int64_t)((struct memory *)self)->row_count, true};
    return PQT_OK;
}

static pqt_status read_memory(void *self, int32_t since, int32_t until,
                              source_row_callback callback, void *callback_self,
                              const pqt_progress *progress, int64_t *row_count,
                              pqt_error *error)
{
    const struct memory *memory = self;
    *row_count = 0;
    for (size_t i = 0; i < memory->row_count; i++) {
        TRY(progress_check(progress, error));
        if (memory->fail_at_row == i + 1)
            return error_set(error, PQT_IO, "injected fault at row %zu", i + 1);
        if (memory->rows[i].date < since || memory->rows[i].date > until) continue;
        TRY(callback(callback_self, &memory->rows[i], error));
        ++*row_count;
    }
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
    const struct memory *memory = self;
    *has_rows = false;
    for (size_t i = 0; i < memory->row_count; i++)
        if (memory->rows[i].project_id == project_id) *has_rows = true;
    return PQT_OK;
}

static void diagnose_memory(void *self, int32_t day, source_finding_callback callback,
                            void *callback_self)
{
    (void)self;
    (void)day;
    callback(callback_self, SOURCE_FINDING_OK, "connection", "rows in memory");
}

static void release_memory(void *self)
{
    struct memory *memory = self;
    alloc_release(NULL, memory->rows);
    slug_map_clear(&memory->projects);
    slug_map_clear(&memory->versions);
    arena_free(&memory->texts);
    alloc_release(NULL, memory);
}

static const struct source_functions memory_functions = {
    .identify = identify_memory,
    .begin = do_nothing,
    .project_slugs = memory_project_slugs,
    .version_slugs = memory_version_slugs,
    .date_range = memory_date_range,
    .estimate = memory_estimate,
    .size = memory_size,
    .read = read_memory,
    .end = do_nothing,
    .resolve_slug = resolve_in_memory,
    .diagnose = diagnose_memory,
    .has_project = memory_has_project,
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
    memory->rows = alloc_zeroed(NULL, content->row_count, sizeof *memory->rows);
    if (!memory->rows) return error_no_memory(error, content->row_count);
    for (size_t i = 0; i < content->row_count; i++) {
        source_row *row = &memory->rows[i];
        *row = content->rows[i];
        row->path = arena_copy(&memory->texts, row->path);
        row->full_path = arena_copy(&memory->texts, row->full_path);
        if (!row->path.data || !row->full_path.data) return error_no_memory(error, 1);
        memory->row_count++;
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
