#include "archive/import_doubles.h"

#include <stdlib.h>

#include "archive/id_list.h"
#include "base/alloc.h"
#include "base/progress.h"
#include "table/made_id.h"

enum {
    BATCH_ROWS = 8192,
    PROJECT_KEY_BYTES = 4,
    VERSION_KEY_BYTES = 5,
    MOST_IN_A_GROUP = 1000000,
    MOST_GROUP_TEXT_BYTES = 64 << 20
};

/* A row of the group; those without an id have -1 - file. */
struct member {
    int64_t id;
    int32_t file;
    int32_t view_count;
    bool has_full_path;
    size_t full_path; /* where it stands among the group's texts */
    size_t full_path_bytes;
};

/* Rows that agree in project, version, path, status and date, in the order of their ids.
 */
struct group {
    struct member *members;
    size_t count, capacity;
    archive_row key; /* its path is at the beginning of the texts */
    buffer texts;
};

struct import_doubles {
    sorter *sorter;
    row_batch *batch;
    id_list *ids;
    struct group group;
    const import_doubles_output *output;
    int64_t row_count;
};

/* --- Adding --- */

pqt_status import_doubles_create(const sorter_options *sorting, import_doubles **out,
                                 pqt_error *error)
{
    import_doubles *d = alloc_zeroed(NULL, 1, sizeof *d);
    if (!d) return error_no_memory(error, sizeof *d);
    pqt_status status = sorter_create(sorting, &d->sorter, error);
    if (status == PQT_OK)
        status = id_list_create(sorting->temporary_directory, &d->ids, error);
    if (status == PQT_OK) status = row_batch_create(BATCH_ROWS + 2, &d->batch, error);
    if (status == PQT_OK)
        *out = d;
    else
        import_doubles_free(d);
    return status;
}

void import_doubles_free(import_doubles *d)
{
    if (!d) return;
    row_batch_free(d->batch);
    sorter_free(d->sorter);
    id_list_free(d->ids);
    alloc_release(NULL, d->group.members);
    buffer_free(&d->group.texts);
    alloc_release(NULL, d);
}

static void put_key(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The file's number in the place of the version's id, which the sorter's tables are
 * hashed by: another one for every version. */
static int32_t file_to_id(int32_t file, uint32_t version)
{
    return (int32_t)((uint32_t)file + version * UINT32_C(2654435769));
}

static int32_t file_of_id(int32_t id, uint32_t version)
{
    return (int32_t)((uint32_t)id - version * UINT32_C(2654435769));
}

/* The sorter's row: in the places of the slugs stand the ids, so that rows that agree are
 * neighbours whatever slugs their files have. */
pqt_status import_doubles_add(import_doubles *d, const import_row *given, int32_t file,
                              pqt_error *error)
{
    const source_row *row = &given->row;
    uint8_t project[PROJECT_KEY_BYTES], version[VERSION_KEY_BYTES];
    put_key(project, (uint32_t)row->project_id);
    version[0] = row->has_version;
    put_key(version + 1, (uint32_t)row->version_id);
    const archive_row sorted = {.id = given->has_id ? row->id : -1 - (int64_t)file,
                                .project_id = row->project_id,
                                .version_id = file_to_id(file, (uint32_t)row->version_id),
                                .view_count = row->view_count,
                                .date = row->date,
                                .status = row->status,
                                .has_version = true,
                                .has_version_slug = true,
                                .has_full_path = row->has_full_path,
                                .project_slug = view_of(project, sizeof project),
                                .version_slug = view_of(version, sizeof version),
                                .path = row->path,
                                .full_path = row->full_path};
    const struct row_key key = interner_key(
        &sorted, ORIGIN_ARCHIVE, hash_bytes64(row->path.data, row->path.size_bytes));
    return sorter_add(d->sorter, &key, error);
}

/* What the sorter gives back, with the version in its place; and the file. */
static archive_row key_of(const archive_row *sorted, int32_t *file)
{
    const uint8_t *version = sorted->version_slug.data;
    archive_row key = *sorted;
    key.has_version = version[0];
    key.version_id = (int32_t)((uint32_t)version[1] << 24 | (uint32_t)version[2] << 16 |
                               (uint32_t)version[3] << 8 | version[4]);
    *file = file_of_id(sorted->version_id, (uint32_t)key.version_id);
    return key;
}

/* --- A group's rows that are one --- */

static void count_double(import_doubles *d, const struct member *lost)
{
    const import_doubles_output *o = d->output;
    o->double_of(o->counts_self, lost->file, d->group.key.date);
}

/* Joins two members that are one row into the first. */
static void join(import_doubles *d, struct member *kept, const struct member *other)
{
    const struct member first = *kept;
    const bool is_later = other->view_count > first.view_count ||
                          (other->view_count == first.view_count && !first.has_full_path);
    const struct member *lost = is_later ? &first : other;
    if (is_later) *kept = *other;
    if (first.id >= 0) kept->id = first.id;
    if (!kept->has_full_path && lost->has_full_path) {
        kept->has_full_path = true;
        kept->full_path = lost->full_path;
        kept->full_path_bytes = lost->full_path_bytes;
    }
    count_double(d, lost);
}

/* Makes one of those with equal ids; they are put behind each other from `out` on. */
static size_t join_ids(import_doubles *d, const struct member *members, size_t count,
                       struct member *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && out[kept - 1].id == members[i].id)
            join(d, &out[kept - 1], &members[i]);
        else
            out[kept++] = members[i];
    }
    return kept;
}

static int compare_views(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    return (left->view_count < right->view_count) -
           (left->view_count > right->view_count);
}

/* The members of one file without ids that begin at `from`, most views first. */
static size_t sort_file(struct member *members, size_t from, size_t count)
{
    size_t end = from + 1;
    while (end < count && members[end].id == members[from].id) end++;
    qsort(members + from, end - from, sizeof *members, compare_views);
    return end;
}

/* Makes one of the k-th of each file, for every k. */
static size_t join_files(import_doubles *d, struct member *members, size_t count)
{
    size_t kept = 0;
    for (size_t from = 0; from < count;) {
        const size_t end = sort_file(members, from, count);
        for (size_t i = from; i < end; i++) {
            const size_t k = i - from;
            if (k < kept)
                join(d, &members[k], &members[i]);
            else
                members[kept++] = members[i];
        }
        from = end;
    }
    return kept;
}

/* --- Giving out --- */

/* A text of the group, never without an address. */
static pqt_view text_of(const struct group *g, size_t at, size_t size_bytes)
{
    return size_bytes ? view_of(g->texts.data + at, size_bytes) : view_of("", 0);
}

static pqt_status give_member(import_doubles *d, const struct member *m, pqt_error *error)
{
    const struct group *g = &d->group;
    const source_row row = {.id = m->id,
                            .project_id = g->key.project_id,
                            .version_id = g->key.version_id,
                            .view_count = m->view_count,
                            .date = g->key.date,
                            .status = g->key.status,
                            .has_version = g->key.has_version,
                            .has_full_path = m->has_full_path,
                            .path = g->key.path,
                            .full_path = text_of(g, m->full_path, m->full_path_bytes)};
    if (!id_is_made(m->id)) TRY(id_list_add(d->ids, m->id, error));
    d->row_count++;
    return d->output->take(d->output->self, &row, error);
}

/* Those without ids come first; the k-th of them is the k-th that has one, if any. */
static pqt_status give_group(import_doubles *d, pqt_error *error)
{
    struct group *g = &d->group;
    struct member *members = g->members;
    size_t without = 0;
    while (without < g->count && members[without].id < 0) without++;
    struct member *real = members + without;
    g->key.path = text_of(g, 0, g->key.path.size_bytes);
    const size_t real_count = join_ids(d, real, g->count - without, real);
    const size_t count = join_files(d, members, without);
    for (size_t k = 0; k < count && k < real_count; k++) join(d, &real[k], &members[k]);
    for (size_t k = real_count; k < count; k++) {
        members[k].id = made_id(&g->key, (int32_t)k);
        TRY(give_member(d, &members[k], error));
    }
    for (size_t k = 0; k < real_count; k++) TRY(give_member(d, &real[k], error));
    g->count = 0;
    buffer_clear(&g->texts);
    return PQT_OK;
}

/* --- Groups --- */

static pqt_status add_member(struct group *g, const archive_row *sorted, int32_t file,
                             pqt_error *error)
{
    void *array = g->members;
    if (g->count == MOST_IN_A_GROUP || g->texts.size_bytes > MOST_GROUP_TEXT_BYTES)
        return error_set(error, PQT_LIMIT,
                         "%zu rows or more of project %d agree in version, path, status "
                         "and date (the path begins '%.*s'): is one file there many "
                         "times?",
                         g->count, sorted->project_id,
                         sorted->path.size_bytes < 60 ? (int)sorted->path.size_bytes : 60,
                         (const char *)sorted->path.data);
    if (alloc_grow(NULL, &array, &g->capacity, g->count + 1, sizeof *g->members) != 0)
        return error_no_memory(error, sizeof *g->members);
    g->members = array;
    g->members[g->count++] =
        (struct member){.id = sorted->id,
                        .file = file,
                        .view_count = sorted->view_count,
                        .has_full_path = sorted->has_full_path,
                        .full_path = g->texts.size_bytes,
                        .full_path_bytes = sorted->full_path.size_bytes};
    return buffer_append(&g->texts, sorted->full_path.data, sorted->full_path.size_bytes,
                         error);
}

static bool is_of_group(const struct group *g, const archive_row *key)
{
    archive_row group = g->key;
    group.path = text_of(g, 0, group.path.size_bytes);
    return g->count > 0 && archive_row_key_equal(&group, key);
}

static pqt_status take_sorted(import_doubles *d, const archive_row *sorted,
                              pqt_error *error)
{
    struct group *g = &d->group;
    int32_t file;
    const archive_row key = key_of(sorted, &file);
    if (!is_of_group(g, &key)) {
        if (g->count > 0) TRY(give_group(d, error));
        g->key = key;
        TRY(buffer_append(&g->texts, key.path.data, key.path.size_bytes, error));
    }
    return add_member(g, sorted, file, error);
}

static pqt_status check_ids(import_doubles *d, pqt_error *error)
{
    bool found = false;
    int64_t id = 0;
    TRY(id_list_find_repeated(d->ids, &found, &id, error));
    if (!found) return PQT_OK;
    return error_set(
        error, PQT_CORRUPT,
        "two rows of the files have the id %lld and differ in project, "
        "version, path, status or date; nothing of these days was "
        "imported. Are they files of one site? (pqa parquet cat FILE --where "
        "'id = %lld' shows a file's)",
        (long long)id, (long long)id);
}

pqt_status import_doubles_finish(import_doubles *d, const import_doubles_output *output,
                                 int64_t *row_count, pqt_error *error)
{
    archive_row sorted;
    d->output = output;
    TRY(sorter_finish(d->sorter, error));
    for (;;) {
        TRY(progress_check(output->progress, error));
        TRY(sorter_next(d->sorter, BATCH_ROWS, d->batch, error));
        if (d->batch->count == 0) break;
        for (size_t i = 0; i < d->batch->count; i++) {
            row_batch_get(d->batch, i, &sorted);
            TRY(take_sorted(d, &sorted, error));
        }
    }
    if (d->group.count > 0) TRY(give_group(d, error));
    *row_count = d->row_count;
    return check_ids(d, error);
}
