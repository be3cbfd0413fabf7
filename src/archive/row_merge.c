#include "archive/row_merge.h"

#include "archive/day.h"
#include "archive/file_check.h"
#include "archive/file_rows.h"
#include "base/alloc.h"

enum { ROWS_IN_ALL = 1 << 19, WINDOW_LEAST = 8192, WINDOW_MOST = 131072 };

/* A file, and the row it stands at. */
struct merge_input {
    const delta_file *file;
    pqt_reader *reader;
    file_rows rows;
    row_hasher hasher;
    archive_sum sum;
    int32_t group;     /* that is being read */
    int64_t next_from; /* the row of the group behind the window */
    int64_t at;        /* in the window */
    archive_row row;
};

/* `heap` holds the inputs that have a row, the smallest at 0. */
struct row_merge {
    struct merge_input *inputs;
    size_t input_count;
    struct merge_input **heap;
    size_t heap_count;
    int64_t window_rows;
    bool is_started; /* heap[0]'s row was given out */
};

/* --- One file --- */

static int64_t group_rows(const struct merge_input *in)
{
    return pqt_reader_metadata(in->reader)->row_groups[in->group].row_count;
}

/* Loads the next rows; none at the file's end. */
static pqt_status load_window(struct merge_input *in, int64_t most, pqt_error *error)
{
    const int32_t groups = pqt_reader_metadata(in->reader)->row_group_count;
    while (in->group < groups && in->next_from >= group_rows(in)) {
        in->group++;
        in->next_from = 0;
    }
    in->at = 0;
    in->rows.count = 0;
    in->hasher = (row_hasher){0};
    if (in->group >= groups) return PQT_OK;
    const int64_t left = group_rows(in) - in->next_from;
    const int64_t count = left < most ? left : most;
    TRY(file_rows_load_part(&in->rows, in->group, in->next_from, count, error));
    in->next_from += count;
    return PQT_OK;
}

/* What the log says of the file's rows must be what they are. */
static pqt_status check_end(const struct merge_input *in, pqt_error *error)
{
    archive_sum expected;
    TRY(file_expected_sum(in->file, &in->sum, &expected, error));
    return archive_sum_compare(&expected, &in->sum, in->file->path, error);
}

/* Stands at the next row; *found is false at the end. */
static pqt_status advance(struct merge_input *in, int64_t window_rows, bool *found,
                          pqt_error *error)
{
    if (++in->at >= in->rows.count) TRY(load_window(in, window_rows, error));
    *found = in->at < in->rows.count;
    if (!*found) return check_end(in, error);
    file_rows_get(&in->rows, in->at, &in->row);
    return PQT_OK;
}

static pqt_status open_input(store *s, const delta_file *file, struct merge_input *in,
                             pqt_error *error)
{
    in->file = file;
    in->at = -1; /* before the first row */
    TRY(file_open(s, file->path, &in->reader, error));
    return file_rows_open(in->reader, file->path, &in->rows, error);
}

/* --- All of them --- */

static bool is_before(const struct merge_input *a, const struct merge_input *b)
{
    return archive_row_compare_in_file(&a->row, &b->row) < 0;
}

static void sift_down(row_merge *merge, size_t at)
{
    struct merge_input **heap = merge->heap;
    struct merge_input *moved = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= merge->heap_count) break;
        if (child + 1 < merge->heap_count && is_before(heap[child + 1], heap[child]))
            child++;
        if (!is_before(heap[child], moved)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static pqt_status start_inputs(row_merge *merge, store *s, const delta_file *const *files,
                               pqt_error *error)
{
    for (size_t i = 0; i < merge->input_count; i++) {
        bool found = false;
        struct merge_input *in = &merge->inputs[i];
        TRY(open_input(s, files[i], in, error));
        TRY(advance(in, merge->window_rows, &found, error));
        if (found) merge->heap[merge->heap_count++] = in;
    }
    for (size_t i = merge->heap_count / 2; i-- > 0;) sift_down(merge, i);
    return PQT_OK;
}

static int64_t choose_window(size_t count)
{
    const int64_t rows = ROWS_IN_ALL / (int64_t)(count ? count : 1);
    if (rows < WINDOW_LEAST) return WINDOW_LEAST;
    return rows > WINDOW_MOST ? WINDOW_MOST : rows;
}

pqt_status row_merge_open(store *s, const delta_file *const *files, size_t count,
                          row_merge **out, pqt_error *error)
{
    row_merge *merge = alloc_zeroed(NULL, 1, sizeof *merge);
    if (!merge) return error_no_memory(error, sizeof *merge);
    merge->inputs = alloc_zeroed(NULL, count, sizeof *merge->inputs);
    merge->heap = alloc_zeroed(NULL, count, sizeof(struct merge_input *));
    merge->input_count = merge->inputs ? count : 0;
    merge->window_rows = choose_window(count);
    pqt_status status = merge->inputs && merge->heap
                            ? start_inputs(merge, s, files, error)
                            : error_no_memory(error, count * sizeof *merge->inputs);
    if (status == PQT_OK)
        *out = merge;
    else
        row_merge_free(merge);
    return status;
}

/* Takes the input whose row was given out to its next row, and to its place. */
static pqt_status step(row_merge *merge, pqt_error *error)
{
    bool found = false;
    TRY(advance(merge->heap[0], merge->window_rows, &found, error));
    if (!found) merge->heap[0] = merge->heap[--merge->heap_count];
    if (merge->heap_count > 0) sift_down(merge, 0);
    return PQT_OK;
}

pqt_status row_merge_next(row_merge *merge, const archive_row **row, hash128 *hash,
                          pqt_error *error)
{
    *row = NULL;
    if (merge->is_started && merge->heap_count > 0) TRY(step(merge, error));
    merge->is_started = true;
    if (merge->heap_count == 0) return PQT_OK;
    struct merge_input *in = merge->heap[0];
    *hash = row_hasher_hash(&in->hasher, &in->row);
    archive_sum_add(&in->sum, in->row.view_count, *hash);
    *row = &in->row;
    return PQT_OK;
}

void row_merge_free(row_merge *merge)
{
    if (!merge) return;
    for (size_t i = 0; i < merge->input_count; i++) {
        file_rows_free(&merge->inputs[i].rows);
        pqt_reader_close(merge->inputs[i].reader);
    }
    alloc_release(NULL, merge->inputs);
    alloc_release(NULL, merge->heap);
    alloc_release(NULL, merge);
}
