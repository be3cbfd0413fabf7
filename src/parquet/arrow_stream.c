/* A file as a stream of Arrow batches, row group after row group. */
#include <errno.h>

#include "base/alloc.h"
#include "base/error.h"
#include "parquet/arrow_array.h"
#include "parquet/reader.h"

enum { DEFAULT_BATCH_ROWS = 65536 };

struct stream {
    const pqt_reader *reader;
    int32_t *fields;
    int32_t field_count;
    pqt_values *columns; /* of all columns of the schema; unused ones stay empty */
    int64_t batch_rows;
    int32_t row_group;
    int64_t next_row; /* in the row group */
    pqt_error error;
};

static const pqt_schema *schema_of(const struct stream *s)
{
    return &pqt_reader_metadata(s->reader)->schema;
}

static void free_stream(struct stream *s)
{
    for (int32_t c = 0; s->columns && c < schema_of(s)->column_count; c++)
        pqt_values_free(&s->columns[c]);
    alloc_release(NULL, s->columns);
    alloc_release(NULL, s->fields);
    alloc_release(NULL, s);
}

/* --- Batches --- */

static pqt_status read_field(struct stream *s, int32_t field, int64_t rows,
                             pqt_error *error)
{
    const pqt_schema *schema = schema_of(s);
    const int32_t end = arrow_subtree_end(schema, field);
    for (int32_t i = field; i < end; i++) {
        const pqt_schema_node *node = &schema->nodes[i];
        if (node->is_group) continue;
        TRY(pqt_reader_read(s->reader, s->row_group, node->column, s->next_row, rows,
                            &s->columns[node->column], error));
    }
    return PQT_OK;
}

/* The next batch; *more is false behind the last. */
static pqt_status next_batch(struct stream *s, struct ArrowArray *out, bool *more,
                             pqt_error *error)
{
    const pqt_file_metadata *m = pqt_reader_metadata(s->reader);
    while (s->row_group < m->row_group_count &&
           s->next_row >= m->row_groups[s->row_group].row_count) {
        s->row_group++;
        s->next_row = 0;
    }
    *more = s->row_group < m->row_group_count;
    if (!*more) return PQT_OK;
    const int64_t left = m->row_groups[s->row_group].row_count - s->next_row;
    const int64_t rows = left < s->batch_rows ? left : s->batch_rows;
    for (int32_t i = 0; i < s->field_count; i++)
        TRY(read_field(s, s->fields[i], rows, error));
    TRY(arrow_array_make(schema_of(s), s->columns, s->fields, s->field_count, rows, out,
                         error));
    s->next_row += rows;
    return PQT_OK;
}

/* --- The interface --- */

static int errno_of(pqt_status status)
{
    switch (status) {
    case PQT_OK:
        return 0;
    case PQT_NOMEM:
    case PQT_LIMIT:
        return ENOMEM;
    case PQT_INVALID:
        return EINVAL;
    case PQT_UNSUPPORTED:
        return ENOTSUP;
    default:
        return EIO;
    }
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct stream *s = stream->private_data;
    return errno_of(
        arrow_schema_make(schema_of(s), s->fields, s->field_count, out, &s->error));
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct stream *s = stream->private_data;
    bool more = false;
    const pqt_status status = next_batch(s, out, &more, &s->error);
    if (status == PQT_OK && !more) *out = (struct ArrowArray){0};
    return errno_of(status);
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    const struct stream *s = stream->private_data;
    return s->error.message;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    free_stream(stream->private_data);
    stream->release = NULL;
}

static pqt_status make_stream(const pqt_reader *reader, const pqt_arrow_options *options,
                              struct stream **out, pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    struct stream *s = alloc_zeroed(NULL, 1, sizeof *s);
    if (!s) return error_no_memory(error, sizeof *s);
    *out = s;
    s->reader = reader;
    s->batch_rows =
        options && options->batch_rows > 0 ? options->batch_rows : DEFAULT_BATCH_ROWS;
    s->fields = alloc_zeroed(NULL, (size_t)schema->node_count, sizeof *s->fields);
    s->columns = alloc_zeroed(NULL, (size_t)schema->column_count, sizeof *s->columns);
    if (!s->fields || !s->columns)
        return error_no_memory(error, (size_t)schema->node_count * sizeof *s->fields);
    return arrow_choose(schema, options, s->fields, &s->field_count, error);
}

/* The schema is made once here, so that a type without a counterpart is told at once. */
static pqt_status check_types(const struct stream *s, pqt_error *error)
{
    struct ArrowSchema schema;
    TRY(arrow_schema_make(schema_of(s), s->fields, s->field_count, &schema, error));
    schema.release(&schema);
    return PQT_OK;
}

pqt_status pqt_arrow_stream(const pqt_reader *reader, const pqt_arrow_options *options,
                            struct ArrowArrayStream *out, pqt_error *error)
{
    struct stream *s = NULL;
    pqt_status status = make_stream(reader, options, &s, error);
    if (status == PQT_OK) status = check_types(s, error);
    if (status != PQT_OK) {
        if (s) free_stream(s);
        return status;
    }
    *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                     .get_next = get_next,
                                     .get_last_error = get_last_error,
                                     .release = release_stream,
                                     .private_data = s};
    return PQT_OK;
}

pqt_status pqt_arrow_schema(const pqt_reader *reader, const pqt_arrow_options *options,
                            struct ArrowSchema *out, pqt_error *error)
{
    struct stream *s = NULL;
    pqt_status status = make_stream(reader, options, &s, error);
    if (status == PQT_OK)
        status = arrow_schema_make(schema_of(s), s->fields, s->field_count, out, error);
    if (s) free_stream(s);
    return status;
}
