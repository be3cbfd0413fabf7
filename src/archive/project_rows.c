#include "archive/project_rows.h"

#include "archive/file_rows.h"
#include "base/alloc.h"
#include "base/view.h"

struct counting {
    const pqt_reader *reader;
    const char *path;
    int32_t project_id;
    int32_t id_column, slug_column;
    pqt_values ids, slug;
    project_slugs *slugs;
};

static pqt_status keep_slug(project_slugs *slugs, pqt_view slug, pqt_error *error)
{
    for (size_t i = 0; i < slugs->count; i++)
        if (view_equal(slugs->slugs[i], slug)) return PQT_OK;
    void *array = slugs->slugs;
    const pqt_view copy = arena_copy(&slugs->texts, slug);
    if (!copy.data || alloc_grow(NULL, &array, &slugs->capacity, slugs->count + 1,
                                 sizeof *slugs->slugs) != 0)
        return error_no_memory(error, slug.size_bytes);
    slugs->slugs = array;
    slugs->slugs[slugs->count++] = copy;
    return PQT_OK;
}

/* The slug of row `at`: rows of one project stand together, so that a few are read. */
static pqt_status note_slug(struct counting *c, int32_t group, int64_t at,
                            pqt_error *error)
{
    if (!c->slugs) return PQT_OK;
    TRY(pqt_reader_read(c->reader, group, c->slug_column, at, 1, &c->slug, error));
    if (c->slug.null_count > 0) return PQT_OK;
    return keep_slug(c->slugs, c->slug.bytes[0], error);
}

static pqt_status count_group(struct counting *c, int32_t group, int64_t *count,
                              pqt_error *error)
{
    const int64_t rows = pqt_reader_metadata(c->reader)->row_groups[group].row_count;
    TRY(pqt_reader_read(c->reader, group, c->id_column, 0, rows, &c->ids, error));
    if (c->ids.null_count > 0)
        return error_set(error, PQT_CORRUPT, "%s: a project_id is null", c->path);
    bool was_before = false;
    for (int64_t i = 0; i < rows; i++) {
        const bool is_it = c->ids.int32s[i] == c->project_id;
        if (is_it && !was_before) TRY(note_slug(c, group, i, error));
        was_before = is_it;
        *count += is_it;
    }
    return PQT_OK;
}

static pqt_status count_rows(struct counting *c, int64_t *count, pqt_error *error)
{
    const int32_t groups = pqt_reader_metadata(c->reader)->row_group_count;
    TRY(file_column_find(c->reader, c->path, COLUMN_PROJECT_ID, &c->id_column, error));
    TRY(file_column_find(c->reader, c->path, COLUMN_PROJECT_SLUG, &c->slug_column,
                         error));
    for (int32_t g = 0; g < groups; g++) TRY(count_group(c, g, count, error));
    return PQT_OK;
}

pqt_status project_rows_count(store *s, const char *path, int32_t project_id,
                              project_slugs *slugs, int64_t *count, pqt_error *error)
{
    pqt_reader *reader = NULL;
    *count = 0;
    TRY(file_open(s, path, &reader, error));
    struct counting c = {
        .reader = reader, .path = path, .project_id = project_id, .slugs = slugs};
    const pqt_status status = count_rows(&c, count, error);
    pqt_values_free(&c.ids);
    pqt_values_free(&c.slug);
    pqt_reader_close(reader);
    return status;
}

void project_slugs_free(project_slugs *slugs)
{
    alloc_release(NULL, slugs->slugs);
    arena_free(&slugs->texts);
    *slugs = (project_slugs){0};
}
