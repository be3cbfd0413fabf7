#include "archive/row_order.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { CHUNKS = 64, SMALL_GROUP = 48 };

struct keyed_row {
    uint64_t key; /* shape rank, lower half of the id */
    uint32_t row;
};

struct ordering {
    const struct stored_row *rows;
    const struct row_ranks *ranks;
    const struct row_days *days;
    uint32_t *order;
    size_t count;
    size_t starts[CHUNKS + 1]; /* of the chunks, each at a group's start */
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed_row *left = a, *right = b;
    if (left->key != right->key) return left->key < right->key ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

/* Few rows share a path: insertion is the fastest for them. */
static void sort_few(struct keyed_row *rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct keyed_row row = rows[i];
        size_t at = i;
        for (; at > 0 && compare_keyed(&rows[at - 1], &row) > 0; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

static void fill_keys(const struct ordering *o, size_t start, size_t count,
                      struct keyed_row *out)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t row = o->order[start + i];
        const struct stored_row *stored = &o->rows[row];
        out[i] = (struct keyed_row){
            (uint64_t)o->ranks->shapes[stored->shape] << 32 | stored->id_low, row};
    }
}

static pqt_status sort_group(const struct ordering *o, size_t start, size_t end,
                             pqt_error *error)
{
    struct keyed_row few[SMALL_GROUP];
    const size_t count = end - start;
    struct keyed_row *rows = few;
    if (count > SMALL_GROUP) rows = alloc_bytes(NULL, count * sizeof *rows);
    if (!rows) return error_no_memory(error, count * sizeof *rows);
    fill_keys(o, start, count, rows);
    if (count > SMALL_GROUP)
        qsort(rows, count, sizeof *rows, compare_keyed);
    else
        sort_few(rows, count);
    for (size_t i = 0; i < count; i++) o->order[start + i] = rows[i].row;
    if (rows != few) alloc_release(NULL, rows);
    return PQT_OK;
}

/* Whether rows at two places have the same date and path. */
static bool same_group(const struct ordering *o, size_t a, size_t b)
{
    const uint32_t left = o->order[a], right = o->order[b];
    if (o->days->days && o->days->days[left] != o->days->days[right]) return false;
    return o->ranks->paths[o->rows[left].path] == o->ranks->paths[o->rows[right].path];
}

/* Found before any chunk is sorted, so that no thread looks into another's. */
static void place_chunks(struct ordering *o)
{
    for (size_t i = 0; i <= CHUNKS; i++) {
        size_t at = o->count * i / CHUNKS;
        while (at > 0 && at < o->count && same_group(o, at - 1, at)) at++;
        o->starts[i] = at;
    }
}

static pqt_status sort_chunk(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    const struct ordering *o = self;
    size_t start = o->starts[index];
    const size_t end = o->starts[index + 1];
    while (start < end) {
        size_t behind = start + 1;
        while (behind < end && same_group(o, start, behind)) behind++;
        if (behind - start > 1) TRY(sort_group(o, start, behind, error));
        start = behind;
    }
    return PQT_OK;
}

typedef uint32_t (*bucket_getter)(const struct ordering *o, uint32_t row);

static uint32_t path_bucket(const struct ordering *o, uint32_t row)
{
    return o->ranks->paths[o->rows[row].path];
}

static uint32_t date_bucket(const struct ordering *o, uint32_t row)
{
    return o->days->days[row];
}

/* One stable counting pass: from `from` (NULL: as the rows stand) into `to`. */
static pqt_status count_into(const struct ordering *o, bucket_getter bucket,
                             size_t bucket_count, const uint32_t *from, uint32_t *to,
                             pqt_error *error)
{
    uint32_t *starts = alloc_zeroed(NULL, bucket_count + 1, sizeof *starts);
    if (!starts) return error_no_memory(error, (bucket_count + 1) * sizeof *starts);
    for (size_t i = 0; i < o->count; i++) starts[bucket(o, (uint32_t)i) + 1]++;
    for (size_t b = 0; b < bucket_count; b++) starts[b + 1] += starts[b];
    for (size_t i = 0; i < o->count; i++) {
        const uint32_t row = from ? from[i] : (uint32_t)i;
        to[starts[bucket(o, row)]++] = row;
    }
    alloc_release(NULL, starts);
    return PQT_OK;
}

/* The date leads, so it is counted last. */
static pqt_status order_by_buckets(struct ordering *o, pqt_error *error)
{
    const size_t bytes = o->count * sizeof *o->order;
    TRY(count_into(o, path_bucket, o->ranks->path_rank_count, NULL, o->order, error));
    if (!o->days->days) return PQT_OK;
    uint32_t *by_date = alloc_bytes(NULL, bytes);
    if (!by_date) return error_no_memory(error, bytes);
    const pqt_status status =
        count_into(o, date_bucket, o->days->count, o->order, by_date, error);
    if (status == PQT_OK) memcpy(o->order, by_date, bytes);
    alloc_release(NULL, by_date);
    return status;
}

pqt_status row_order_make(const struct stored_row *rows, size_t count,
                          const struct row_ranks *ranks, const struct row_days *days,
                          thread_pool *pool, uint32_t **out, pqt_error *error)
{
    uint32_t *order = alloc_zeroed(NULL, count, sizeof *order);
    if (!order) return error_no_memory(error, count * sizeof *order);
    struct ordering ordering = {
        .rows = rows, .ranks = ranks, .days = days, .order = order, .count = count};
    pqt_status status = order_by_buckets(&ordering, error);
    if (status == PQT_OK) place_chunks(&ordering);
    if (status == PQT_OK)
        status = thread_pool_run(pool, CHUNKS, sort_chunk, &ordering, error);
    if (status == PQT_OK)
        *out = order;
    else
        alloc_release(NULL, order);
    return status;
}
