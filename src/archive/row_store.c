#include "archive/row_store.h"

#include <stdlib.h>

#include "archive/interner.h"
#include "archive/row_order.h"
#include "base/alloc.h"
#include "base/view.h"
#include "table/made_id.h"

/* Where the first row's day stands in the range of days that rows may have. */
enum { MIDDLE_DAY = 32768, DAY_RANGE = 65536 };

/* A path's share of ranking, and then of ordering: row_order.h. */
enum { RANKING_PATH_BYTES = 20, ORDERING_PATH_BYTES = 8 };

struct row_store {
    interner *interner;
    struct stored_row *rows;
    size_t count;
    size_t capacity;
    uint32_t *order; /* after sorting */
    size_t next;
    int32_t base_date; /* the first row's, less MIDDLE_DAY */
    uint16_t *days;    /* of each row since base_date; NULL: all are the first row's */
    size_t day_capacity;
    size_t longest_text; /* path and full_path of one row */
    thread_pool *pool;   /* of sorting, used for giving out too */
};

pqt_status row_store_create(row_store **out, pqt_error *error)
{
    row_store *held = alloc_zeroed(NULL, 1, sizeof *held);
    if (!held) return error_no_memory(error, sizeof *held);
    const pqt_status status = interner_create(&held->interner, error);
    if (status != PQT_OK) {
        row_store_free(held);
        return status;
    }
    *out = held;
    return PQT_OK;
}

void row_store_free(row_store *held)
{
    if (!held) return;
    interner_free(held->interner);
    alloc_release(NULL, held->rows);
    alloc_release(NULL, held->order);
    alloc_release(NULL, held->days);
    alloc_release(NULL, held);
}

/* Days are kept once a second one appears. */
static pqt_status keep_day(row_store *held, int32_t date, pqt_error *error)
{
    if (held->count == 0) held->base_date = date - MIDDLE_DAY;
    const int64_t day = (int64_t)date - held->base_date;
    if (day < 0 || day >= DAY_RANGE)
        return error_set(error, PQT_LIMIT, "rows of days more than 32,767 apart at once");
    if (!held->days && day == MIDDLE_DAY) return PQT_OK;
    const bool is_second = !held->days;
    void *array = held->days;
    if (alloc_grow(NULL, &array, &held->day_capacity, held->count + 1,
                   sizeof *held->days) != 0)
        return error_no_memory(error, (held->count + 1) * sizeof *held->days);
    held->days = array;
    for (size_t i = 0; is_second && i < held->count; i++) held->days[i] = MIDDLE_DAY;
    held->days[held->count] = (uint16_t)day;
    return PQT_OK;
}

pqt_status row_store_add(row_store *held, const struct row_key *key, pqt_error *error)
{
    if (held->count >= UINT32_MAX - 1)
        return error_set(error, PQT_LIMIT, "more than 2^32 - 2 rows at once");
    void *array = held->rows;
    if (alloc_grow(NULL, &array, &held->capacity, held->count + 1, sizeof *held->rows) !=
        0)
        return error_no_memory(error, (held->count + 1) * sizeof *held->rows);
    held->rows = array;
    struct stored_row stored = {.id_low = (uint32_t)key->row->id,
                                .view_count = key->row->view_count};
    TRY(interner_add(held->interner, key, &stored.path, &stored.shape, error));
    TRY(keep_day(held, key->row->date, error));
    const size_t text = key->row->path.size_bytes + key->row->full_path.size_bytes;
    if (text > held->longest_text) held->longest_text = text;
    held->rows[held->count++] = stored;
    return PQT_OK;
}

const interner *row_store_interner(const row_store *held)
{
    return held->interner;
}

size_t row_store_count(const row_store *held)
{
    return held->count;
}

size_t row_store_bytes(const row_store *held)
{
    const size_t row = sizeof *held->rows + (held->days ? sizeof *held->days : 0);
    const size_t rows = held->count * row;
    const size_t passes = held->days ? 2 : 1;
    const size_t paths = interner_path_count(held->interner);
    const size_t ranking = paths * RANKING_PATH_BYTES;
    const size_t ordering =
        held->count * passes * sizeof *held->order + paths * ORDERING_PATH_BYTES;
    const size_t adding = interner_bytes(held->interner);
    const size_t sorting =
        interner_kept_bytes(held->interner) + (ranking > ordering ? ranking : ordering);
    return rows + (adding > sorting ? adding : sorting);
}

pqt_status row_store_sort(row_store *held, thread_pool *pool, pqt_error *error)
{
    interner_end_adding(held->interner);
    struct row_ranks ranks = {0};
    const struct row_days days = {held->days, DAY_RANGE};
    TRY(row_ranks_make(held->interner, pool, &ranks, error));
    const pqt_status status =
        row_order_make(held->rows, held->count, &ranks, &days, pool, &held->order, error);
    held->pool = pool;
    row_ranks_free(&ranks);
    return status;
}

/* --- By id --- */

enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS, ID_DIGITS = 64 / DIGIT_BITS };

/* So that it grows with the id, negative ones too. */
static uint64_t unsigned_id(const row_store *held, uint32_t row)
{
    const struct stored_row *stored = &held->rows[row];
    const uint32_t high = interner_shape_at(held->interner, stored->shape)->id_high;
    return ((uint64_t)high << 32 | stored->id_low) ^ (uint64_t)1 << 63;
}

static uint32_t digit_of(const row_store *held, uint32_t row, int digit)
{
    return (uint32_t)(unsigned_id(held, row) >> (digit * DIGIT_BITS)) & (DIGITS - 1);
}

/* Counts the digit's values into where each begins; false where all rows have the same.
 */
static bool count_digit(const row_store *held, int digit, uint32_t begins[DIGITS])
{
    for (uint32_t d = 0; d < DIGITS; d++) begins[d] = 0;
    for (uint32_t i = 0; i < held->count; i++) begins[digit_of(held, i, digit)]++;
    uint32_t at = 0;
    for (uint32_t d = 0; d < DIGITS; d++) {
        const uint32_t count = begins[d];
        if (count == held->count) return false;
        begins[d] = at;
        at += count;
    }
    return true;
}

/* Digit by digit, the lowest first; ids that grow with time hardly differ in the upper
 * ones. */
static void sort_digits(row_store *held, uint32_t *scratch, uint32_t begins[DIGITS])
{
    for (int digit = 0; digit < ID_DIGITS; digit++) {
        if (!count_digit(held, digit, begins)) continue;
        for (size_t i = 0; i < held->count; i++) {
            const uint32_t row = held->order[i];
            scratch[begins[digit_of(held, row, digit)]++] = row;
        }
        uint32_t *sorted = scratch;
        scratch = held->order;
        held->order = sorted;
    }
    alloc_release(NULL, scratch);
}

pqt_status row_store_sort_by_id(row_store *held, pqt_error *error)
{
    interner_end_adding(held->interner);
    const size_t count = held->count ? held->count : 1;
    uint32_t *scratch = alloc_zeroed(NULL, count, sizeof *scratch);
    uint32_t *begins = alloc_zeroed(NULL, DIGITS, sizeof *begins);
    held->order = alloc_zeroed(NULL, count, sizeof *held->order);
    if (!scratch || !begins || !held->order) {
        alloc_release(NULL, scratch);
        alloc_release(NULL, begins);
        return error_no_memory(error, count * sizeof *scratch);
    }
    for (uint32_t i = 0; i < held->count; i++) held->order[i] = i;
    sort_digits(held, scratch, begins);
    alloc_release(NULL, begins);
    return PQT_OK;
}

/* --- Giving out --- */

static const struct stored_row *row_at(const row_store *held, size_t at)
{
    return &held->rows[held->order[at]];
}

static int32_t date_at(const row_store *held, size_t at)
{
    return held->base_date + (held->days ? held->days[held->order[at]] : MIDDLE_DAY);
}

static uint32_t project_at(const row_store *held, size_t at)
{
    return interner_path_at(held->interner, row_at(held, at)->path)->project;
}

static int64_t id_at(const row_store *held, size_t at)
{
    const struct stored_row *row = row_at(held, at);
    const struct row_shape *shape = interner_shape_at(held->interner, row->shape);
    return (int64_t)((uint64_t)shape->id_high << 32 | row->id_low);
}

/* Asks for what the rows further on need: first the row, then what it points to. */
static void prefetch_ahead(const row_store *held, size_t at)
{
    enum { FAR = 32, NEAR = 16 };
    if (at + FAR >= held->count) return;
    __builtin_prefetch(row_at(held, at + FAR));
    const struct stored_row *row = row_at(held, at + NEAR);
    __builtin_prefetch(interner_shape_at(held->interner, row->shape));
    __builtin_prefetch(interner_path_at(held->interner, row->path));
}

static size_t text_bytes_at(const row_store *held, size_t at)
{
    const struct stored_row *row = row_at(held, at);
    const struct row_shape *shape = interner_shape_at(held->interner, row->shape);
    const size_t path = interner_path_at(held->interner, row->path)->size_bytes;
    return path + shape->text_bytes + (shape->full_path == FULL_PATH_PREFIX ? path : 0);
}

/* How many rows, `most` at most, have no more texts than the limit; at least one. */
static size_t limit_by_text(const row_store *held, size_t from, size_t most,
                            size_t limit_bytes)
{
    if (held->longest_text * most <= limit_bytes) return most;
    size_t bytes = text_bytes_at(held, from), count = 1;
    for (; count < most && from + count < held->count; count++) {
        bytes += text_bytes_at(held, from + count);
        if (bytes > limit_bytes) break;
    }
    return count;
}

/* Where rows of one path begin that end behind `at`, if one of them has an id that was
 * made: a row of the same path may be one with it. Else, or where all are of that path,
 * `at`. */
static size_t find_made(const row_store *held, size_t from, size_t at)
{
    const struct interned_path *path =
        interner_path_at(held->interner, row_at(held, at)->path);
    const pqt_view text = view_of(path->text, path->size_bytes);
    bool any = false;
    size_t start = at;
    for (; start > from; start--) {
        const struct interned_path *before =
            interner_path_at(held->interner, row_at(held, start - 1)->path);
        if (!view_equal(view_of(before->text, before->size_bytes), text)) break;
        any = any || id_is_made(id_at(held, start - 1));
    }
    return any && start > from ? start : at;
}

/* Where the batch that begins at `from` ends. Before `least` rows only a new date ends
 * it. */
static size_t find_end(const row_store *held, size_t from, size_t least, size_t most)
{
    const int32_t date = date_at(held, from);
    const size_t last = held->count - from < most ? held->count : from + most;
    size_t at = !held->days && last - from > least ? from + least : from + 1;
    for (; at < last; at++) {
        prefetch_ahead(held, at);
        if (date_at(held, at) != date) break;
        if (at - from >= least && project_at(held, at) != project_at(held, at - 1)) break;
    }
    if (at == held->count || date_at(held, at) != date) return at;
    const bool splits = id_at(held, at) == id_at(held, at - 1) &&
                        row_at(held, at)->path == row_at(held, at - 1)->path;
    return splits ? at + 1 : find_made(held, from, at);
}

static pqt_status make_row(const row_store *held, size_t at, arena *texts,
                           archive_row *out, row_origin *origin, pqt_error *error)
{
    const struct stored_row *stored = row_at(held, at);
    const struct interned_path *path = interner_path_at(held->interner, stored->path);
    const struct row_shape *shape = interner_shape_at(held->interner, stored->shape);
    const struct interned_slug *project =
        interner_project_at(held->interner, shape->project);
    const struct interned_slug *version =
        interner_version_at(held->interner, shape->version);
    *origin = (row_origin)shape->origin;
    *out = (archive_row){
        .id = (int64_t)((uint64_t)shape->id_high << 32 | stored->id_low),
        .project_id = project->id,
        .version_id = version->id,
        .view_count = stored->view_count,
        .date = date_at(held, at),
        .status = shape->status,
        .has_version = version->has_id,
        .has_version_slug = version->has_slug,
        .has_full_path = shape->full_path != FULL_PATH_NULL,
        .project_slug = project->slug,
        .version_slug = version->slug,
        .path = view_of(path->text, path->size_bytes),
        .full_path = view_of(shape->text, shape->text_bytes),
    };
    if (shape->full_path != FULL_PATH_PREFIX) return PQT_OK;
    out->full_path = arena_concatenate(texts, out->full_path, out->path);
    return out->full_path.data ? PQT_OK : error_no_memory(error, 1);
}

/* A batch being filled, in parts by several threads. */
struct filling {
    const row_store *held;
    row_batch *batch;
    size_t end;
};

static pqt_status fill_part(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    const struct filling *f = self;
    const size_t first = f->held->next + index * ROW_BATCH_PART_ROWS;
    const size_t end =
        f->end - first < ROW_BATCH_PART_ROWS ? f->end : first + ROW_BATCH_PART_ROWS;
    for (size_t at = first; at < end; at++) {
        archive_row row;
        row_origin origin;
        prefetch_ahead(f->held, at);
        TRY(make_row(f->held, at, &f->batch->texts[index % ROW_BATCH_PARTS], &row,
                     &origin, error));
        row_batch_set(f->batch, at - f->held->next, &row, origin);
    }
    return PQT_OK;
}

pqt_status row_store_next(row_store *held, size_t least, row_batch *batch,
                          pqt_error *error)
{
    row_batch_clear(batch);
    if (held->next == held->count) return PQT_OK;
    const size_t most =
        limit_by_text(held, held->next, batch->capacity - 1, batch->text_limit_bytes);
    struct filling f = {held, batch, find_end(held, held->next, least, most)};
    const size_t count = f.end - held->next;
    const size_t parts = (count + ROW_BATCH_PART_ROWS - 1) / ROW_BATCH_PART_ROWS;
    thread_pool *pool = parts <= ROW_BATCH_PARTS ? held->pool : NULL;
    TRY(thread_pool_run(pool, parts, fill_part, &f, error));
    batch->count = count;
    held->next = f.end;
    return PQT_OK;
}

pqt_status row_store_get(const row_store *held, size_t at, arena *texts, archive_row *out,
                         pqt_error *error)
{
    row_origin origin;
    return make_row(held, at, texts, out, &origin, error);
}

void row_store_trim(row_store *held)
{
    if (!held->order || held->next < held->count) return;
    interner_free(held->interner);
    alloc_release(NULL, held->rows);
    alloc_release(NULL, held->order);
    alloc_release(NULL, held->days);
    held->days = NULL;
    held->interner = NULL;
    held->rows = NULL;
    held->order = NULL;
}
