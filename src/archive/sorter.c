#include "archive/sorter.h"

#include "archive/row_store.h"
#include "archive/run_file.h"
#include "base/alloc.h"
#include "table/made_id.h"

enum { MOST_RUNS = 24, ROWS_BETWEEN_LOOKS = 256 };

/* A run in the heap, with the row it stands at. */
struct merge_entry {
    run_reader *run;
    size_t age; /* runs written earlier come first among equals */
    archive_row row;
    row_origin origin;
};

struct sorter {
    sorter_options options;
    row_store *store;
    run_reader *runs[MOST_RUNS];
    size_t run_count;
    size_t runs_written;
    struct merge_entry heap[MOST_RUNS];
    size_t heap_count;
    bool is_merging;
    size_t batch_text_bytes; /* of the batch being filled */
    bool batch_has_made;     /* a row of it has an id that was made */
};

pqt_status sorter_create(const sorter_options *options, sorter **out, pqt_error *error)
{
    sorter *s = alloc_zeroed(NULL, 1, sizeof *s);
    if (!s) return error_no_memory(error, sizeof *s);
    s->options = *options;
    const pqt_status status = row_store_create(&s->store, error);
    if (status == PQT_OK)
        *out = s;
    else
        sorter_free(s);
    return status;
}

static void free_runs(sorter *s)
{
    for (size_t i = 0; i < s->run_count; i++) run_reader_free(s->runs[i]);
    s->run_count = s->heap_count = 0;
}

void sorter_free(sorter *s)
{
    if (!s) return;
    row_store_free(s->store);
    free_runs(s);
    alloc_release(NULL, s);
}

size_t sorter_run_count(const sorter *s)
{
    return s->runs_written;
}

/* --- The heap of runs --- */

static bool comes_before(const struct merge_entry *a, const struct merge_entry *b)
{
    int order = archive_row_compare(&a->row, &b->row);
    if (order == 0) order = (int)a->origin - (int)b->origin;
    return order < 0 || (order == 0 && a->age < b->age);
}

static void sift_down(struct merge_entry *heap, size_t count, size_t at)
{
    for (;;) {
        size_t first = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (comes_before(&heap[child], &heap[first])) first = child;
        if (first == at) return;
        const struct merge_entry swap = heap[at];
        heap[at] = heap[first];
        heap[first] = swap;
        at = first;
    }
}

static pqt_status start_merge(sorter *s, pqt_error *error)
{
    s->heap_count = 0;
    for (size_t i = 0; i < s->run_count; i++) {
        struct merge_entry entry = {.run = s->runs[i], .age = i};
        TRY(run_reader_start(entry.run, error));
        if (run_reader_row(entry.run, &entry.row, &entry.origin))
            s->heap[s->heap_count++] = entry;
    }
    for (size_t i = s->heap_count; i-- > 0;) sift_down(s->heap, s->heap_count, i);
    return PQT_OK;
}

static pqt_status advance_first(sorter *s, pqt_error *error)
{
    struct merge_entry *first = &s->heap[0];
    TRY(run_reader_advance(first->run, error));
    if (!run_reader_row(first->run, &first->row, &first->origin))
        s->heap[0] = s->heap[--s->heap_count];
    sift_down(s->heap, s->heap_count, 0);
    return PQT_OK;
}

/* Rows whose ids were made stay with others of their path where there is room for them:
 * then a batch ends early, behind a path. */
static bool is_nearly_full(const sorter *s, const row_batch *batch)
{
    return batch->count >= batch->capacity / 8 * 7 ||
           s->batch_text_bytes >= batch->text_limit_bytes / 8 * 7;
}

/* Whether the row at the heap's top must go into the batch that is being filled. */
static bool belongs_to(const sorter *s, const row_batch *batch, const archive_row *row,
                       size_t least)
{
    if (batch->count == 0) return true;
    const size_t last = batch->count - 1;
    if (row->date != batch->dates[last]) return false;
    const bool is_same_path = view_equal(row->path, batch->paths[last]);
    if (row->id == batch->ids[last] && is_same_path)
        return batch->count < batch->capacity;
    if (s->batch_has_made && !is_same_path && is_nearly_full(s, batch)) return false;
    if (batch->count + 1 >= batch->capacity) return false;
    const size_t text = row->path.size_bytes + row->full_path.size_bytes;
    if (s->batch_text_bytes + text > batch->text_limit_bytes) return false;
    return batch->count < least ||
           view_equal(row->project_slug, batch->project_slugs[last]) ||
           (s->batch_has_made && is_same_path);
}

static pqt_status merge_next(sorter *s, size_t least, row_batch *batch, pqt_error *error)
{
    row_batch_clear(batch);
    s->batch_text_bytes = 0;
    s->batch_has_made = false;
    while (s->heap_count > 0 && belongs_to(s, batch, &s->heap[0].row, least)) {
        const archive_row *row = &s->heap[0].row;
        s->batch_text_bytes += row->path.size_bytes + row->full_path.size_bytes;
        s->batch_has_made = s->batch_has_made || id_is_made(row->id);
        TRY(row_batch_append_copy(batch, row, s->heap[0].origin, error));
        TRY(advance_first(s, error));
    }
    return PQT_OK;
}

/* --- Runs --- */

typedef pqt_status (*next_batch)(sorter *s, size_t least, row_batch *batch,
                                 pqt_error *error);

static pqt_status next_stored(sorter *s, size_t least, row_batch *batch, pqt_error *error)
{
    return row_store_next(s->store, least, batch, error);
}

static pqt_status copy_batches(sorter *s, next_batch next, row_batch *batch,
                               run_writer *writer, pqt_error *error)
{
    for (;;) {
        TRY(next(s, batch->capacity, batch, error));
        if (batch->count == 0) return PQT_OK;
        TRY(run_writer_append(writer, batch, error));
    }
}

/* Writes what `next` gives, in order, as one run. */
static pqt_status write_run(sorter *s, next_batch next, run_reader **out,
                            pqt_error *error)
{
    row_batch *batch = NULL;
    run_writer *writer = NULL;
    pqt_status status = run_batch_create(&batch, error);
    if (status == PQT_OK)
        status = run_writer_create(s->options.temporary_directory, &writer, error);
    if (status == PQT_OK) status = copy_batches(s, next, batch, writer, error);
    if (status == PQT_OK) {
        status = run_writer_finish(writer, out, error);
        writer = NULL;
    }
    run_writer_free(writer);
    row_batch_free(batch);
    return status;
}

/* Makes one run of all, when there are as many as may be. */
static pqt_status join_runs(sorter *s, pqt_error *error)
{
    run_reader *joined = NULL;
    TRY(start_merge(s, error));
    TRY(write_run(s, merge_next, &joined, error));
    free_runs(s);
    s->runs[0] = joined;
    s->run_count = 1;
    return PQT_OK;
}

static pqt_status spill(sorter *s, pqt_error *error)
{
    TRY(row_store_sort(s->store, s->options.pool, error));
    TRY(write_run(s, next_stored, &s->runs[s->run_count], error));
    s->run_count++;
    s->runs_written++;
    row_store_free(s->store);
    s->store = NULL;
    if (s->run_count == MOST_RUNS) TRY(join_runs(s, error));
    return row_store_create(&s->store, error);
}

/* --- The whole --- */

pqt_status sorter_add(sorter *s, const struct row_key *key, pqt_error *error)
{
    TRY(row_store_add(s->store, key, error));
    const size_t texts = key->row->path.size_bytes + key->row->full_path.size_bytes;
    if (row_store_count(s->store) % ROWS_BETWEEN_LOOKS != 0 && texts < 4096)
        return PQT_OK;
    if (row_store_bytes(s->store) < s->options.memory_bytes) return PQT_OK;
    return spill(s, error);
}

const interner *sorter_interner(const sorter *s)
{
    return row_store_interner(s->store);
}

pqt_status sorter_finish(sorter *s, pqt_error *error)
{
    if (s->run_count == 0) return row_store_sort(s->store, s->options.pool, error);
    if (row_store_count(s->store) > 0) TRY(spill(s, error));
    s->is_merging = true;
    return start_merge(s, error);
}

pqt_status sorter_next(sorter *s, size_t least, row_batch *batch, pqt_error *error)
{
    if (s->is_merging) return merge_next(s, least, batch, error);
    return row_store_next(s->store, least, batch, error);
}

void sorter_trim(sorter *s)
{
    if (!s->is_merging)
        row_store_trim(s->store);
    else if (s->heap_count == 0)
        free_runs(s);
}
