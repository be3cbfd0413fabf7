/* Arrow arrays into a writer. */
#include <errno.h>

#include "base/alloc.h"
#include "base/error.h"
#include "parquet/arrow_check.h"
#include "parquet/arrow_import_values.h"
#include "parquet/bits.h"
#include "parquet/writer.h"

/* Rows that are made ready at once: little enough to stay in the caches, enough for the
 * threads. A multiple of 8, so that validity stays where it is. */
enum { STEP_ROWS = 32768 };

/* What a column's rows of a step are made in. */
struct column {
    arrow_levels levels;
    import_values values;
    uint8_t *validity;
    size_t validity_capacity;
};

struct arrow_rows {
    const pqt_allocator *allocator;
    import_schema imported;
    struct column *columns;
    pqt_column_values *values;
};

static void free_rows(void *self)
{
    struct arrow_rows *rows = self;
    if (!rows) return;
    for (int32_t i = 0; rows->columns && i < rows->imported.leaf_count; i++) {
        arrow_levels_free(&rows->columns[i].levels);
        import_values_free(&rows->columns[i].values);
        alloc_release(rows->allocator, rows->columns[i].validity);
    }
    alloc_release(rows->allocator, rows->columns);
    alloc_release(rows->allocator, rows->values);
    arena_free(&rows->imported.memory);
    alloc_release(rows->allocator, rows);
}

/* --- One column of one step --- */

struct step {
    struct arrow_rows *rows;
    const struct ArrowArray *array;
    int64_t first;
    int64_t count;
};

static pqt_status by_levels(const struct step *step, const import_field *leaf,
                            struct column *column, pqt_column_values *out,
                            pqt_error *error)
{
    arrow_levels *levels = &column->levels;
    TRY(arrow_levels_make(leaf, step->array, step->array->offset + step->first,
                          step->count, levels, error));
    *out = (pqt_column_values){.slot_count = (int64_t)levels->entries.count,
                               .is_dense = true};
    if (leaf->valid_level > 0) out->definition_levels = levels->entries.definition;
    if (leaf->repetition > 0) out->repetition_levels = levels->entries.repetition;
    return import_values_take(leaf, levels->array, &levels->slots, &column->values,
                              &out->values, error);
}

/* The validity from this bit on, copied where it does not begin with a byte. */
static pqt_status take_validity(struct column *column, const uint8_t *validity,
                                int64_t first, int64_t count, const uint8_t **out,
                                pqt_error *error)
{
    *out = validity + first / 8;
    if (first % 8 == 0) return PQT_OK;
    if (alloc_grow(column->levels.allocator, (void **)&column->validity,
                   &column->validity_capacity, (size_t)count / 8 + 1, 1) != 0)
        return error_no_memory(error, (size_t)count / 8 + 1);
    bits_copy(validity, (size_t)first, column->validity, 0, (size_t)count);
    *out = column->validity;
    return PQT_OK;
}

/* A column of the root by itself: a slot a row, and no levels. */
static pqt_status by_validity(const struct step *step, const import_field *leaf,
                              struct column *column, pqt_column_values *out,
                              pqt_error *error)
{
    const struct ArrowArray *array = arrow_check_child(leaf, step->array);
    const int64_t first = array->offset + step->array->offset + step->first;
    const uint8_t *validity = arrow_validity(leaf, array);
    arrow_span span = {first, step->count};
    const arrow_span_list slots = {&span, 1, 1, (size_t)step->count};
    *out = (pqt_column_values){.slot_count = step->count};
    if (validity)
        TRY(take_validity(column, validity, first, step->count, &out->validity, error));
    return import_values_take(leaf, array, &slots, &column->values, &out->values, error);
}

static pqt_status make_column(void *self, size_t index, int worker, pqt_error *error)
{
    (void)worker;
    const struct step *step = self;
    const import_field *leaf = step->rows->imported.leaves[index];
    struct column *column = &step->rows->columns[index];
    pqt_column_values *out = &step->rows->values[index];
    bool is_simple =
        leaf->parent == step->rows->imported.root && leaf->type.layout != IMPORT_NULLS;
    if (is_simple && arrow_validity(leaf, arrow_check_child(leaf, step->array)))
        is_simple = leaf->adds_level && import_values_allow_nulls(leaf->type.layout);
    return is_simple ? by_validity(step, leaf, column, out, error)
                     : by_levels(step, leaf, column, out, error);
}

/* --- All columns --- */

static pqt_status check_rows(const struct arrow_rows *rows,
                             const struct ArrowArray *array, pqt_error *error)
{
    TRY(arrow_check(rows->imported.root, array, error));
    const uint8_t *validity = arrow_validity(rows->imported.root, array);
    if (!validity || bits_count(validity, (size_t)array->offset, (size_t)array->length) ==
                         (size_t)array->length)
        return PQT_OK;
    return error_set(error, PQT_INVALID, "a row that is null as a whole");
}

static pqt_status append_rows(pqt_writer *writer, struct arrow_rows *rows,
                              const struct ArrowArray *array, pqt_error *error)
{
    TRY(check_rows(rows, array, error));
    struct step step = {.rows = rows, .array = array};
    for (; step.first < array->length; step.first += step.count) {
        step.count = array->length - step.first;
        if (step.count > STEP_ROWS) step.count = STEP_ROWS;
        TRY(thread_pool_run(writer_threads(writer), (size_t)rows->imported.leaf_count,
                            make_column, &step, error));
        TRY(pqt_writer_append(writer, rows->values, step.count, error));
    }
    return PQT_OK;
}

pqt_status pqt_arrow_writer_append(pqt_writer *writer, const struct ArrowArray *array,
                                   pqt_error *error)
{
    struct arrow_rows *rows = writer_attached(writer);
    if (!rows)
        return error_set(error, PQT_INVALID,
                         "pqt_arrow_writer_append needs a writer of "
                         "pqt_arrow_writer_create");
    const pqt_status status = append_rows(writer, rows, array, error);
    if (status != PQT_OK) writer_fail(writer);
    return status;
}

static pqt_status make_rows(const struct ArrowSchema *schema,
                            const pqt_allocator *allocator, struct arrow_rows **out,
                            pqt_error *error)
{
    struct arrow_rows *rows = alloc_zeroed(allocator, 1, sizeof *rows);
    if (!rows) return error_no_memory(error, sizeof *rows);
    *out = rows;
    rows->allocator = allocator;
    rows->imported.memory.allocator = allocator;
    TRY(import_schema_make(schema, &rows->imported, error));
    const size_t leaves = (size_t)rows->imported.leaf_count;
    rows->columns = alloc_zeroed(allocator, leaves, sizeof *rows->columns);
    rows->values = alloc_zeroed(allocator, leaves, sizeof *rows->values);
    if (!rows->columns || !rows->values)
        return error_no_memory(error, leaves * sizeof *rows->columns);
    for (size_t i = 0; i < leaves; i++) {
        rows->columns[i].levels.allocator = allocator;
        rows->columns[i].values.allocator = allocator;
    }
    return PQT_OK;
}

pqt_status pqt_arrow_writer_create(const pqt_output *output,
                                   const struct ArrowSchema *schema,
                                   const pqt_column_options *columns,
                                   const pqt_writer_options *options, pqt_writer **out,
                                   pqt_error *error)
{
    struct arrow_rows *rows = NULL;
    pqt_writer *writer = NULL;
    pqt_status status =
        make_rows(schema, options ? options->allocator : NULL, &rows, error);
    if (status == PQT_OK)
        status = pqt_writer_create(output, &rows->imported.schema, columns, options,
                                   &writer, error);
    if (status != PQT_OK) {
        free_rows(rows);
        return status;
    }
    writer_attach(writer, rows, free_rows);
    *out = writer;
    return PQT_OK;
}

/* --- Streams --- */

static pqt_status stream_failed(struct ArrowArrayStream *stream, int number,
                                pqt_error *error)
{
    static const struct {
        int number;
        pqt_status status;
    } meanings[] = {{ENOMEM, PQT_NOMEM},
                    {EINVAL, PQT_INVALID},
                    {ENOTSUP, PQT_UNSUPPORTED},
                    {ENOSYS, PQT_UNSUPPORTED},
                    {ECANCELED, PQT_CANCELLED}};
    pqt_status status = PQT_IO;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].number == number) status = meanings[i].status;
    const char *message = stream->get_last_error(stream);
    return error_set(error, status, "the Arrow stream failed: %s",
                     message ? message : "it does not say why");
}

static pqt_status append_all(pqt_writer *writer, struct ArrowArrayStream *stream,
                             pqt_error *error)
{
    for (;;) {
        struct ArrowArray batch = {0};
        const int failed = stream->get_next(stream, &batch);
        if (failed) return stream_failed(stream, failed, error);
        if (!batch.release) return PQT_OK;
        const pqt_status status = pqt_arrow_writer_append(writer, &batch, error);
        batch.release(&batch);
        if (status != PQT_OK) return status;
    }
}

pqt_status pqt_arrow_write_stream(const pqt_output *output,
                                  struct ArrowArrayStream *stream,
                                  const pqt_column_options *columns,
                                  const pqt_writer_options *options, pqt_written *written,
                                  pqt_error *error)
{
    struct ArrowSchema schema = {0};
    pqt_writer *writer = NULL;
    const int failed = stream->get_schema(stream, &schema);
    if (failed) return stream_failed(stream, failed, error);
    pqt_status status =
        pqt_arrow_writer_create(output, &schema, columns, options, &writer, error);
    if (schema.release) schema.release(&schema);
    if (status == PQT_OK) status = append_all(writer, stream, error);
    if (status == PQT_OK) status = pqt_writer_finish(writer, written, error);
    if (status == PQT_OK && written) written->column_statistics = NULL;
    pqt_writer_free(writer);
    return status;
}
