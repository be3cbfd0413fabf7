#include <stdlib.h>

#include "archive/row_order.h"
#include "archive/text_sort.h"
#include "base/alloc.h"

/* --- Slugs --- */

struct ranked_text {
    pqt_view text;
    uint32_t number;
    bool is_present; /* absent ones come first */
};

static int compare_texts(const void *a, const void *b)
{
    const struct ranked_text *left = a, *right = b;
    if (left->is_present != right->is_present)
        return (int)left->is_present - (int)right->is_present;
    return view_compare(left->text, right->text);
}

/* Sorts the texts and gives each number its rank; returns how many ranks there are. */
static uint32_t rank_texts(struct ranked_text *texts, size_t count, uint32_t *ranks)
{
    uint32_t rank = 0;
    if (count) qsort(texts, count, sizeof *texts, compare_texts);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_texts(&texts[i - 1], &texts[i]) != 0) rank++;
        ranks[texts[i].number] = rank;
    }
    return count ? rank + 1 : 0;
}

typedef const struct interned_slug *(*slug_getter)(const interner *in, uint32_t number);

static pqt_status rank_slugs(const interner *in, uint32_t count, slug_getter get,
                             uint32_t **out, uint32_t *rank_count, pqt_error *error)
{
    uint32_t *ranks = alloc_zeroed(NULL, count, sizeof *ranks);
    struct ranked_text *texts = alloc_zeroed(NULL, count, sizeof *texts);
    if (!ranks || !texts) {
        alloc_release(NULL, ranks);
        alloc_release(NULL, texts);
        return error_no_memory(error, count * sizeof *texts);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct interned_slug *slug = get(in, i);
        texts[i] = (struct ranked_text){slug->slug, i, slug->has_slug};
    }
    *rank_count = rank_texts(texts, count, ranks);
    alloc_release(NULL, texts);
    *out = ranks;
    return PQT_OK;
}

/* --- Paths --- */

/* Paths gathered by the rank of their project's slug: bucket b is [starts[b],
 * starts[b+1]). */
struct buckets {
    const interner *interner;
    struct sorted_text *paths;
    uint32_t *starts;
    uint32_t count;
};

static void free_buckets(struct buckets *buckets)
{
    alloc_release(NULL, buckets->paths);
    alloc_release(NULL, buckets->starts);
}

static pqt_status gather_paths(const uint32_t *project_ranks, struct buckets *buckets,
                               pqt_error *error)
{
    const interner *in = buckets->interner;
    const uint32_t count = interner_path_count(in);
    buckets->paths = alloc_bytes(NULL, count * sizeof *buckets->paths);
    buckets->starts = alloc_zeroed(NULL, (size_t)buckets->count + 2, sizeof(uint32_t));
    if (!buckets->paths || !buckets->starts)
        return error_no_memory(error, count * sizeof *buckets->paths);
    uint32_t *next = buckets->starts + 1; /* moves each start to its end, by filling */
    for (uint32_t i = 0; i < count; i++)
        next[project_ranks[interner_path_at(in, i)->project] + 1]++;
    for (uint32_t b = 0; b < buckets->count; b++) next[b + 1] += next[b];
    for (uint32_t i = 0; i < count; i++) {
        const struct interned_path *path = interner_path_at(in, i);
        buckets->paths[next[project_ranks[path->project]]++].number = i;
    }
    return PQT_OK;
}

static pqt_view path_text(const void *self, uint32_t number)
{
    const struct interned_path *path = interner_path_at(self, number);
    return view_of(path->text, path->size_bytes);
}

static pqt_status sort_bucket(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    (void)error;
    const struct buckets *buckets = self;
    const uint32_t start = buckets->starts[index], end = buckets->starts[index + 1];
    if (end - start > 1)
        text_sort(buckets->paths + start, end - start, path_text, buckets->interner);
    return PQT_OK;
}

static bool same_path(const struct buckets *buckets, uint32_t a, uint32_t b)
{
    return view_equal(path_text(buckets->interner, buckets->paths[a].number),
                      path_text(buckets->interner, buckets->paths[b].number));
}

static void number_paths(const struct buckets *buckets, struct row_ranks *ranks)
{
    uint32_t rank = 0;
    for (uint32_t b = 0; b < buckets->count; b++)
        for (uint32_t i = buckets->starts[b]; i < buckets->starts[b + 1]; i++) {
            const bool begins = i == buckets->starts[b];
            if (i > 0 && (begins || !same_path(buckets, i - 1, i))) rank++;
            ranks->paths[buckets->paths[i].number] = rank;
        }
    ranks->path_rank_count = buckets->starts[buckets->count] ? rank + 1 : 0;
}

static pqt_status rank_paths(const interner *in, thread_pool *pool,
                             struct row_ranks *ranks, pqt_error *error)
{
    struct buckets buckets = {.interner = in};
    uint32_t *project_ranks = NULL;
    ranks->paths = alloc_zeroed(NULL, interner_path_count(in), sizeof *ranks->paths);
    if (!ranks->paths) return error_no_memory(error, interner_path_count(in) * 4);
    pqt_status status = rank_slugs(in, interner_project_count(in), interner_project_at,
                                   &project_ranks, &buckets.count, error);
    if (status == PQT_OK) status = gather_paths(project_ranks, &buckets, error);
    if (status == PQT_OK)
        status = thread_pool_run(pool, buckets.count, sort_bucket, &buckets, error);
    if (status == PQT_OK) number_paths(&buckets, ranks);
    alloc_release(NULL, project_ranks);
    free_buckets(&buckets);
    return status;
}

/* --- Shapes --- */

struct ranked_shape {
    uint64_t version_and_status;
    uint32_t id_high;
    uint32_t number;
};

static int compare_shapes(const void *a, const void *b)
{
    const struct ranked_shape *left = a, *right = b;
    if (left->version_and_status != right->version_and_status)
        return left->version_and_status < right->version_and_status ? -1 : 1;
    return (left->id_high > right->id_high) - (left->id_high < right->id_high);
}

/* Signed numbers so that they compare unsigned. */
static uint32_t bias32(uint32_t value)
{
    return value ^ UINT32_C(0x80000000);
}

static void fill_shapes(const interner *in, const uint32_t *version_ranks,
                        struct ranked_shape *sorted)
{
    for (uint32_t i = 0; i < interner_shape_count(in); i++) {
        const struct row_shape *shape = interner_shape_at(in, i);
        const uint16_t status = (uint16_t)((uint16_t)shape->status ^ 0x8000);
        sorted[i] =
            (struct ranked_shape){(uint64_t)version_ranks[shape->version] << 16 | status,
                                  bias32(shape->id_high), i};
    }
}

static pqt_status rank_shapes(const interner *in, struct row_ranks *ranks,
                              pqt_error *error)
{
    const uint32_t count = interner_shape_count(in);
    uint32_t *version_ranks = NULL, version_rank_count, rank = 0;
    TRY(rank_slugs(in, interner_version_count(in), interner_version_at, &version_ranks,
                   &version_rank_count, error));
    struct ranked_shape *sorted = alloc_zeroed(NULL, count, sizeof *sorted);
    ranks->shapes = alloc_zeroed(NULL, count, sizeof *ranks->shapes);
    if (sorted && ranks->shapes) {
        fill_shapes(in, version_ranks, sorted);
        if (count) qsort(sorted, count, sizeof *sorted, compare_shapes);
        for (uint32_t i = 0; i < count; i++) {
            if (i > 0 && compare_shapes(&sorted[i - 1], &sorted[i]) != 0) rank++;
            ranks->shapes[sorted[i].number] = rank;
        }
    }
    const bool failed = !sorted || !ranks->shapes;
    alloc_release(NULL, version_ranks);
    alloc_release(NULL, sorted);
    return failed ? error_no_memory(error, count * sizeof *sorted) : PQT_OK;
}

pqt_status row_ranks_make(const interner *in, thread_pool *pool, struct row_ranks *out,
                          pqt_error *error)
{
    struct row_ranks ranks = {0};
    pqt_status status = rank_paths(in, pool, &ranks, error);
    if (status == PQT_OK) status = rank_shapes(in, &ranks, error);
    if (status == PQT_OK)
        *out = ranks;
    else
        row_ranks_free(&ranks);
    return status;
}

void row_ranks_free(struct row_ranks *ranks)
{
    alloc_release(NULL, ranks->paths);
    alloc_release(NULL, ranks->shapes);
    *ranks = (struct row_ranks){0};
}
