/* A table of results as a stream of Arrow batches. */
#include <errno.h>
#include <string.h>

#include "api/result.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "base/view.h"
#include "pqt_arrow.h"

enum { BATCH_ROWS = 1 << 20, MOST_BUFFERS = 3 };

/* What a schema owns, and what an array of a column or of all columns owns. */
struct schema_memory {
    struct ArrowSchema *children;
    struct ArrowSchema **pointers;
};
struct array_memory {
    const void *buffers[MOST_BUFFERS];
    void *owned[MOST_BUFFERS];
    struct pqa_table_memory *table; /* whose numbers a buffer shows; NULL: none */
    struct ArrowArray *children;
    struct ArrowArray **pointers;
};

struct stream {
    pqa_table table; /* its memory is held */
    int64_t next_row;
    pqt_error error;
};

/* --- Schema --- */

static void release_schema(struct ArrowSchema *schema)
{
    struct schema_memory *memory = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
    alloc_release(NULL, memory->children);
    alloc_release(NULL, memory->pointers);
    alloc_release(NULL, memory);
    schema->release = NULL;
}

/* Names are static (result_column). */
static void release_field(struct ArrowSchema *schema)
{
    schema->release = NULL;
}

static const char *format_of(pqa_kind kind)
{
    return kind == PQA_TEXT ? "u" : kind == PQA_DATE ? "tdD" : "l";
}

static pqt_status make_schema(const pqa_table *table, struct ArrowSchema *out,
                              pqt_error *error)
{
    const size_t count = (size_t)table->column_count;
    struct schema_memory *memory = alloc_zeroed(NULL, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    *out = (struct ArrowSchema){
        .format = "+s", .name = "", .release = release_schema, .private_data = memory};
    memory->children = alloc_zeroed(NULL, count, sizeof *memory->children);
    memory->pointers = alloc_zeroed(NULL, count, sizeof *memory->pointers);
    if (!memory->children || !memory->pointers) {
        release_schema(out);
        return error_no_memory(error, count * sizeof *memory->children);
    }
    for (size_t i = 0; i < count; i++) {
        const pqa_column *column = &table->columns[i];
        memory->pointers[i] = &memory->children[i];
        memory->children[i] = (struct ArrowSchema){.format = format_of(column->kind),
                                                   .name = column->name,
                                                   .flags = ARROW_FLAG_NULLABLE,
                                                   .release = release_field};
    }
    out->children = memory->pointers;
    out->n_children = table->column_count;
    return PQT_OK;
}

/* --- Arrays --- */

static void release_array(struct ArrowArray *array)
{
    struct array_memory *memory = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
    for (int i = 0; i < MOST_BUFFERS; i++) alloc_release(NULL, memory->owned[i]);
    table_memory_release(memory->table);
    alloc_release(NULL, memory->children);
    alloc_release(NULL, memory->pointers);
    alloc_release(NULL, memory);
    array->release = NULL;
}

static pqt_status start_array(int64_t rows, int64_t buffers, struct ArrowArray *out,
                              pqt_error *error)
{
    struct array_memory *memory = alloc_zeroed(NULL, 1, sizeof *memory);
    if (!memory) return error_no_memory(error, sizeof *memory);
    *out = (struct ArrowArray){.length = rows,
                               .n_buffers = buffers,
                               .buffers = memory->buffers,
                               .release = release_array,
                               .private_data = memory};
    return PQT_OK;
}

/* A buffer of the array's own. */
static void *own_buffer(struct ArrowArray *array, int index, size_t count, size_t width,
                        pqt_error *error)
{
    struct array_memory *memory = array->private_data;
    memory->owned[index] = alloc_zeroed(NULL, count, width);
    memory->buffers[index] = memory->owned[index];
    if (!memory->owned[index]) error_no_memory(error, count * width);
    return memory->owned[index];
}

static pqt_status set_validity(const pqa_column *column, int64_t first,
                               struct ArrowArray *out, pqt_error *error)
{
    if (!column->valid) return PQT_OK;
    uint8_t *bits = own_buffer(out, 0, (size_t)out->length / 8 + 1, 1, error);
    if (!bits) return PQT_NOMEM;
    for (int64_t i = 0; i < out->length; i++) {
        if (column->valid[first + i])
            bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
        else
            out->null_count++;
    }
    return PQT_OK;
}

static pqt_status set_dates(const pqa_column *column, int64_t first,
                            struct ArrowArray *out, pqt_error *error)
{
    int32_t *days = own_buffer(out, 1, (size_t)out->length + 1, sizeof *days, error);
    if (!days) return PQT_NOMEM;
    for (int64_t i = 0; i < out->length; i++)
        days[i] = (int32_t)column->int64s[first + i];
    return PQT_OK;
}

/* Numbers lie in the table as Arrow wants them: its memory is held instead of copied. */
static void set_numbers(const pqa_table *table, const pqa_column *column, int64_t first,
                        struct ArrowArray *out)
{
    struct array_memory *memory = out->private_data;
    memory->table = table_memory_hold(table->memory);
    memory->buffers[1] = column->int64s ? column->int64s + first : NULL;
}

static pqt_status check_text(const pqa_column *column, int64_t row, pqt_error *error)
{
    if (utf8_is_valid(column->texts[row], NULL)) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "row %lld of %s is no UTF-8, which Arrow's texts must be",
                     (long long)row, column->name);
}

static pqt_status set_texts(const pqa_column *column, int64_t first,
                            struct ArrowArray *out, pqt_error *error)
{
    int32_t *offsets =
        own_buffer(out, 1, (size_t)out->length + 1, sizeof *offsets, error);
    if (!offsets) return PQT_NOMEM;
    for (int64_t i = 0; i < out->length; i++) {
        TRY(check_text(column, first + i, error));
        offsets[i + 1] = offsets[i] + (int32_t)column->texts[first + i].size_bytes;
    }
    uint8_t *bytes = own_buffer(out, 2, (size_t)offsets[out->length] + 1, 1, error);
    if (!bytes) return PQT_NOMEM;
    for (int64_t i = 0; i < out->length; i++) {
        const pqt_view text = column->texts[first + i];
        if (text.size_bytes > 0) memcpy(bytes + offsets[i], text.data, text.size_bytes);
    }
    return PQT_OK;
}

static pqt_status make_column(const pqa_table *table, int32_t index, int64_t first,
                              int64_t rows, struct ArrowArray *out, pqt_error *error)
{
    const pqa_column *column = &table->columns[index];
    TRY(start_array(rows, column->kind == PQA_TEXT ? 3 : 2, out, error));
    TRY(set_validity(column, first, out, error));
    if (column->kind == PQA_TEXT) return set_texts(column, first, out, error);
    if (column->kind == PQA_DATE) return set_dates(column, first, out, error);
    set_numbers(table, column, first, out);
    return PQT_OK;
}

static pqt_status fill_batch(const pqa_table *table, int64_t first,
                             struct ArrowArray *out, pqt_error *error)
{
    struct array_memory *memory = out->private_data;
    const size_t count = (size_t)table->column_count;
    memory->children = alloc_zeroed(NULL, count, sizeof *memory->children);
    memory->pointers = alloc_zeroed(NULL, count, sizeof *memory->pointers);
    if (!memory->children || !memory->pointers)
        return error_no_memory(error, count * sizeof *memory->children);
    for (size_t i = 0; i < count; i++) memory->pointers[i] = &memory->children[i];
    out->children = memory->pointers;
    out->n_children = table->column_count;
    for (int32_t i = 0; i < table->column_count; i++)
        TRY(make_column(table, i, first, out->length, &memory->children[i], error));
    return PQT_OK;
}

/* Offsets have 31 bits: a batch ends before its texts would pass them. */
static pqt_status count_rows(const pqa_table *table, int64_t first, int64_t *out,
                             pqt_error *error)
{
    const int64_t left = table->row_count - first;
    int64_t rows = left < BATCH_ROWS ? left : BATCH_ROWS;
    for (int32_t c = 0; c < table->column_count; c++) {
        if (table->columns[c].kind != PQA_TEXT) continue;
        uint64_t bytes = 0;
        for (int64_t i = 0; i < rows; i++) {
            bytes += table->columns[c].texts[first + i].size_bytes;
            if (bytes > INT32_MAX) rows = i;
        }
    }
    *out = rows;
    if (rows > 0) return PQT_OK;
    return error_set(error, PQT_LIMIT, "row %lld has a text of more than 2 GiB",
                     (long long)first);
}

static pqt_status make_batch(struct stream *s, struct ArrowArray *out)
{
    int64_t rows = 0;
    TRY(count_rows(&s->table, s->next_row, &rows, &s->error));
    TRY(start_array(rows, 1, out, &s->error));
    const pqt_status status = fill_batch(&s->table, s->next_row, out, &s->error);
    if (status != PQT_OK) {
        release_array(out);
        return status;
    }
    s->next_row += rows;
    return PQT_OK;
}

/* --- The interface --- */

static int errno_of(pqt_status status)
{
    if (status == PQT_OK) return 0;
    return status == PQT_NOMEM || status == PQT_LIMIT ? ENOMEM : EIO;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct stream *s = stream->private_data;
    return errno_of(make_schema(&s->table, out, &s->error));
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct stream *s = stream->private_data;
    if (s->next_row < s->table.row_count) return errno_of(make_batch(s, out));
    *out = (struct ArrowArray){0};
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    const struct stream *s = stream->private_data;
    return s->error.message;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    struct stream *s = stream->private_data;
    table_memory_release(s->table.memory);
    alloc_release(NULL, s);
    stream->release = NULL;
}

pqt_status pqa_table_arrow_stream(const pqa_table *table, struct ArrowArrayStream *out,
                                  pqt_error *error)
{
    struct stream *s = alloc_zeroed(NULL, 1, sizeof *s);
    if (!s) return error_no_memory(error, sizeof *s);
    s->table = *table;
    table_memory_hold(table->memory);
    *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                     .get_next = get_next,
                                     .get_last_error = get_last_error,
                                     .release = release_stream,
                                     .private_data = s};
    return PQT_OK;
}
