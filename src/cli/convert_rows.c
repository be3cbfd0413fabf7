#include "base/alloc.h"
#include "base/error.h"
#include "cli/convert.h"
#include "cli/convert_sort.h"
#include "cli/interrupt.h"

/* Where batches go: to the writer, or to be sorted. */
typedef pqt_status (*take_columns)(void *self, const pqt_column_values *columns,
                                   int64_t row_count, pqt_error *error);

struct row_pass {
    const conversion *plan;
    pqt_column_values *columns;
    converted_times *times;
    take_columns take;
    void *self;
};

static pqt_status take_batch(struct row_pass *pass, const pqt_batch *batch,
                             pqt_error *error)
{
    for (int32_t i = 0; i < batch->column_count; i++)
        TRY(convert_values(conversion_source_node(pass->plan, i), &batch->columns[i],
                           &pass->times[i], &pass->columns[i], error));
    return pass->take(pass->self, pass->columns, batch->row_count, error);
}

static pqt_status take_scan(struct row_pass *pass, pqt_scan *scan, pqt_error *error)
{
    const pqt_batch *batch = NULL;
    for (;;) {
        if (*interrupt_flag()) return error_set(error, PQT_CANCELLED, "stopped");
        TRY(pqt_scan_next(scan, &batch, error));
        if (!batch) return PQT_OK;
        TRY(take_batch(pass, batch, error));
    }
}

static pqt_status take_rows(const pqt_reader *reader, struct row_pass *pass,
                            pqt_error *error)
{
    const row_choice *const choice = &pass->plan->choice;
    const pqt_scan_options options = {.columns = choice->columns,
                                      .column_count = choice->column_count,
                                      .predicates = choice->predicates,
                                      .predicate_count = choice->predicate_count,
                                      .threads = pass->plan->threads};
    const size_t count = (size_t)choice->column_count;
    pqt_scan *scan = NULL;
    pass->columns = alloc_zeroed(NULL, count + 1, sizeof *pass->columns);
    pass->times = alloc_zeroed(NULL, count + 1, sizeof *pass->times);
    pqt_status status = pass->columns && pass->times
                            ? PQT_OK
                            : error_no_memory(error, count * sizeof *pass->columns);
    if (status == PQT_OK) status = pqt_scan_open(reader, &options, &scan, error);
    if (status == PQT_OK) status = take_scan(pass, scan, error);
    pqt_scan_close(scan);
    for (size_t i = 0; pass->times && i < count; i++)
        alloc_release(NULL, pass->times[i].times);
    alloc_release(NULL, pass->times);
    alloc_release(NULL, pass->columns);
    return status;
}

static pqt_status write_columns(void *self, const pqt_column_values *columns,
                                int64_t row_count, pqt_error *error)
{
    return pqt_writer_append(self, columns, row_count, error);
}

static pqt_status hold_columns(void *self, const pqt_column_values *columns,
                               int64_t row_count, pqt_error *error)
{
    return held_rows_add(self, columns, row_count, error);
}

static pqt_status sort_rows(const pqt_reader *reader, const conversion *c,
                            pqt_writer *writer, pqt_error *error)
{
    held_rows *held = NULL;
    TRY(held_rows_create(c, pqt_writer_schema(writer), &held, error));
    struct row_pass pass = {.plan = c, .take = hold_columns, .self = held};
    pqt_status status = take_rows(reader, &pass, error);
    if (status == PQT_OK) status = held_rows_write(held, writer, error);
    held_rows_free(held);
    return status;
}

pqt_status convert_rows(const pqt_reader *reader, const conversion *c, pqt_writer *writer,
                        pqt_error *error)
{
    if (c->sorting_count > 0) return sort_rows(reader, c, writer, error);
    struct row_pass pass = {.plan = c, .take = write_columns, .self = writer};
    return take_rows(reader, &pass, error);
}
