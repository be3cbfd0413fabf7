/* A file as a stream of Arrow batches, row group after row group. */
#include <errno.h>

#include "base/alloc.h"
#include "base/error.h"
#include "parquet/arrow_array.h"
#include "parquet/reader.h"
#include "parquet/scan_state.h"

struct stream {
    const pqt_reader *reader;
    int32_t *fields;
    int32_t field_count;
    int32_t *leaves; /* the fields' columns */
    int32_t leaf_count;
    pqt_values *columns; /* of all columns of the schema; unused ones stay empty */
    pqt_scan *scan;
    arrow_style style;
    pqt_error error;
};

static const pqt_schema *schema_of(const struct stream *s)
{
    return &pqt_reader_metadata(s->reader)->schema;
}

static void free_stream(struct stream *s)
{
    pqt_scan_close(s->scan);
    alloc_release(NULL, s->columns);
    alloc_release(NULL, s->leaves);
    alloc_release(NULL, s->fields);
    alloc_release(NULL, s);
}

/* --- Batches --- */

static void *take_values(void *self, int32_t column)
{
    struct stream *s = self;
    for (int32_t i = 0; i < s->leaf_count; i++)
        if (s->leaves[i] == column) return scan_take_slots(s->scan, i);
    return NULL;
}

/* The next batch; *more is false behind the last. */
static pqt_status next_batch(struct stream *s, struct ArrowArray *out, bool *more,
                             pqt_error *error)
{
    const pqt_batch *batch;
    TRY(pqt_scan_next(s->scan, &batch, error));
    *more = batch != NULL;
    if (!batch) return PQT_OK;
    for (int32_t i = 0; i < s->leaf_count; i++)
        s->columns[s->leaves[i]] = batch->columns[i];
    const arrow_rows rows = {.schema = schema_of(s),
                             .columns = s->columns,
                             .fields = s->fields,
                             .field_count = s->field_count,
                             .row_count = batch->row_count,
                             .style = s->style,
                             .take = take_values,
                             .self = s};
    return arrow_array_make(&rows, out, error);
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
    return errno_of(arrow_schema_make(schema_of(s), s->fields, s->field_count, s->style,
                                      out, &s->error));
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

static void find_leaves(struct stream *s)
{
    const pqt_schema *schema = schema_of(s);
    for (int32_t i = 0; i < s->field_count; i++) {
        const int32_t end = arrow_subtree_end(schema, s->fields[i]);
        for (int32_t node = s->fields[i]; node < end; node++)
            if (!schema->nodes[node].is_group)
                s->leaves[s->leaf_count++] = schema->nodes[node].column;
    }
}

static pqt_status make_stream(const pqt_reader *reader, const pqt_arrow_options *options,
                              struct stream **out, pqt_error *error)
{
    const pqt_schema *schema = &pqt_reader_metadata(reader)->schema;
    struct stream *s = alloc_zeroed(NULL, 1, sizeof *s);
    if (!s) return error_no_memory(error, sizeof *s);
    *out = s;
    s->reader = reader;
    if (options)
        s->style = (arrow_style){options->large_types, options->string_views,
                                 options->unchecked_utf8};
    s->fields = alloc_zeroed(NULL, (size_t)schema->node_count, sizeof *s->fields);
    s->columns = alloc_zeroed(NULL, (size_t)schema->column_count, sizeof *s->columns);
    s->leaves = alloc_zeroed(NULL, (size_t)schema->column_count, sizeof *s->leaves);
    if (!s->fields || !s->columns || !s->leaves)
        return error_no_memory(error, (size_t)schema->node_count * sizeof *s->fields);
    TRY(arrow_choose(schema, options, s->fields, &s->field_count, error));
    find_leaves(s);
    return PQT_OK;
}

static pqt_status open_scan(struct stream *s, const pqt_arrow_options *options,
                            pqt_error *error)
{
    pqt_scan_options wanted = {0};
    if (options && options->scan) wanted = *options->scan;
    wanted.columns = s->leaves;
    wanted.column_count = s->leaf_count;
    return pqt_scan_open(s->reader, &wanted, &s->scan, error);
}

/* The schema is made once here, so that a type without a counterpart is told at once. */
static pqt_status check_types(const struct stream *s, pqt_error *error)
{
    struct ArrowSchema schema;
    TRY(arrow_schema_make(schema_of(s), s->fields, s->field_count, s->style, &schema,
                          error));
    schema.release(&schema);
    return PQT_OK;
}

pqt_status pqt_arrow_stream(const pqt_reader *reader, const pqt_arrow_options *options,
                            struct ArrowArrayStream *out, pqt_error *error)
{
    struct stream *s = NULL;
    pqt_status status = make_stream(reader, options, &s, error);
    if (status == PQT_OK) status = check_types(s, error);
    if (status == PQT_OK) status = open_scan(s, options, error);
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
        status = arrow_schema_make(schema_of(s), s->fields, s->field_count, s->style, out,
                                   error);
    if (s) free_stream(s);
    return status;
}
