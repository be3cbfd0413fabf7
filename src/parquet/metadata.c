#include "parquet/metadata.h"

#include "base/checked.h"
#include "parquet/schema.h"
#include "parquet/statistics_reader.h"

/* The least that these structs take in a valid footer: what is made of one is at most so
 * many times its size (pqt_reader_options). */
enum {
    ROW_GROUP_LEAST_BYTES = 7,
    CHUNK_LEAST_BYTES = 19,
    KEY_VALUE_LEAST_BYTES = 3,
    SORTING_LEAST_BYTES = 6,
    ENCODING_STATS_LEAST_BYTES = 7
};

/* What reading needs to hand on. */
typedef struct context {
    thrift_reader *r;
    arena *memory;
    pqt_error *error;
    const pqt_column_order *orders; /* of the columns; NULL: not said */
    crypto_footer *crypto;
    crypto_row_group *crypto_group; /* of the row group being read */
    int32_t column_count;
} context;

/* An array in the arena; failure is kept in the thrift reader. */
static void *allocate(context *c, size_t count, size_t size_bytes)
{
    if (count == 0) return NULL;
    void *array = arena_alloc(c->memory, count, size_bytes);
    if (!array && c->r->status == PQT_OK)
        c->r->status = error_no_memory(c->error, count * size_bytes);
    return array;
}

static void read_key_value(context *c, pqt_key_value *out)
{
    thrift_struct s = {0};
    while (thrift_next(c->r, &s)) {
        if (s.id == 1)
            out->key = thrift_read_binary(c->r, &s);
        else if (s.id == 2)
            out->value = thrift_read_binary(c->r, &s);
        else
            thrift_skip(c->r, &s);
    }
}

static const pqt_key_value *read_key_values(context *c, const thrift_struct *s,
                                            int32_t *count_out)
{
    const size_t count = thrift_read_list(c->r, s, THRIFT_STRUCT, KEY_VALUE_LEAST_BYTES);
    pqt_key_value *array = allocate(c, count, sizeof *array);
    for (size_t i = 0; array && i < count && c->r->status == PQT_OK; i++)
        read_key_value(c, &array[i]);
    *count_out = array ? (int32_t)count : 0;
    return array;
}

static void read_encodings(context *c, const thrift_struct *s, pqt_column_chunk *out)
{
    const size_t count = thrift_read_list(c->r, s, THRIFT_I32, 1);
    pqt_encoding *array = allocate(c, count, sizeof *array);
    for (size_t i = 0; array && i < count; i++)
        array[i] = (pqt_encoding)thrift_element_i32(c->r);
    out->encodings = array;
    out->encoding_count = array ? (int32_t)count : 0;
}

static void read_one_encoding_stats(context *c, pqt_encoding_stats *out)
{
    thrift_struct s = {0};
    while (thrift_next(c->r, &s)) {
        switch (s.id) {
        case 1:
            out->page_type = thrift_read_i32(c->r, &s);
            break;
        case 2:
            out->encoding = (pqt_encoding)thrift_read_i32(c->r, &s);
            break;
        case 3:
            out->count = thrift_read_i32(c->r, &s);
            break;
        default:
            thrift_skip(c->r, &s);
        }
    }
}

static void read_encoding_stats(context *c, const thrift_struct *s, pqt_column_chunk *out)
{
    const size_t count =
        thrift_read_list(c->r, s, THRIFT_STRUCT, ENCODING_STATS_LEAST_BYTES);
    pqt_encoding_stats *array = allocate(c, count, sizeof *array);
    for (size_t i = 0; array && i < count && c->r->status == PQT_OK; i++)
        read_one_encoding_stats(c, &array[i]);
    out->encoding_stats = array;
    out->encoding_stats_count = array ? (int32_t)count : 0;
}

/* Nothing said, but for what is the ColumnChunk's own. */
static void clear_column_metadata(pqt_column_chunk *out)
{
    *out = (pqt_column_chunk){.data_page_offset = -1,
                              .dictionary_page_offset = -1,
                              .column_index_offset = out->column_index_offset,
                              .column_index_bytes = out->column_index_bytes,
                              .offset_index_offset = out->offset_index_offset,
                              .offset_index_bytes = out->offset_index_bytes,
                              .bloom_filter_offset = -1,
                              .bloom_filter_bytes = -1,
                              .statistics = statistics_absent(),
                              .size_statistics = size_statistics_absent(),
                              .order = out->order,
                              .is_encrypted = out->is_encrypted};
}

static void read_column_metadata(context *c, pqt_column_chunk *out)
{
    thrift_struct s = {0};
    clear_column_metadata(out);
    while (thrift_next(c->r, &s)) {
        switch (s.id) {
        case 1:
            out->type = (pqt_type)thrift_read_i32(c->r, &s);
            break;
        case 2:
            read_encodings(c, &s, out);
            break;
        case 4:
            out->codec = (pqt_codec)thrift_read_i32(c->r, &s);
            break;
        case 5:
            out->value_count = thrift_read_i64(c->r, &s);
            break;
        case 6:
            out->uncompressed_bytes = thrift_read_i64(c->r, &s);
            break;
        case 7:
            out->compressed_bytes = thrift_read_i64(c->r, &s);
            break;
        case 8:
            out->key_values = read_key_values(c, &s, &out->key_value_count);
            break;
        case 9:
            out->data_page_offset = thrift_read_i64(c->r, &s);
            break;
        case 11:
            out->dictionary_page_offset = thrift_read_i64(c->r, &s);
            break;
        case 12:
            statistics_read(c->r, &s, &out->statistics);
            break;
        case 13:
            read_encoding_stats(c, &s, out);
            break;
        case 14:
            out->bloom_filter_offset = thrift_read_i64(c->r, &s);
            break;
        case 15:
            if (s.type == THRIFT_I32) /* older drafts had another field here */
                out->bloom_filter_bytes = thrift_read_i32(c->r, &s);
            else
                thrift_skip(c->r, &s);
            break;
        case 16:
            size_statistics_read(c->r, &s, c->memory, &out->size_statistics);
            break;
        default:
            thrift_skip(c->r, &s);
        }
    }
    /* Some writers say 0 where there is no dictionary. */
    if (out->dictionary_page_offset <= 0) out->dictionary_page_offset = -1;
}

/* Remembers how the chunk is encrypted; only row groups with such chunks have a table. */
static void keep_crypto(context *c, int32_t column, const crypto_column *crypto)
{
    crypto_row_group *group = c->crypto_group;
    if (c->r->status != PQT_OK || crypto->kind == CRYPTO_NO_KEY) return;
    if (!group->columns)
        group->columns = allocate(c, (size_t)c->column_count, sizeof *group->columns);
    if (group->columns) group->columns[column] = *crypto;
}

static void read_chunk(context *c, int32_t column, pqt_column_chunk *out)
{
    *out = (pqt_column_chunk){.column_index_offset = -1, .offset_index_offset = -1};
    clear_column_metadata(out);
    crypto_column crypto = {0};
    thrift_struct s = {0};
    while (thrift_next(c->r, &s)) {
        switch (s.id) {
        case 1:
            if (thrift_read_binary(c->r, &s).size_bytes > 0 && c->r->status == PQT_OK)
                c->r->status = error_set(c->error, PQT_UNSUPPORTED,
                                         "column chunks in other files (file_path)");
            break;
        case 3:
            crypto.has_metadata = true;
            if (thrift_is_struct(c->r, &s)) read_column_metadata(c, out);
            break;
        case 4:
            out->offset_index_offset = thrift_read_i64(c->r, &s);
            break;
        case 5:
            out->offset_index_bytes = thrift_read_i32(c->r, &s);
            break;
        case 6:
            out->column_index_offset = thrift_read_i64(c->r, &s);
            break;
        case 7:
            out->column_index_bytes = thrift_read_i32(c->r, &s);
            break;
        case 8:
            out->is_encrypted = true;
            crypto_column_read(c->r, &s, &crypto);
            break;
        case 9:
            crypto.metadata = thrift_read_binary(c->r, &s);
            break;
        default:
            thrift_skip(c->r, &s);
        }
    }
    keep_crypto(c, column, &crypto);
}

static void read_sorting_column(context *c, pqt_sorting_column *out)
{
    thrift_struct s = {0};
    while (thrift_next(c->r, &s)) {
        switch (s.id) {
        case 1:
            out->column = thrift_read_i32(c->r, &s);
            break;
        case 2:
            out->descending = thrift_read_bool(c->r, &s);
            break;
        case 3:
            out->nulls_first = thrift_read_bool(c->r, &s);
            break;
        default:
            thrift_skip(c->r, &s);
        }
    }
}

/* What sorts by columns that are not there says nothing. */
static void read_sorting(context *c, const thrift_struct *field, pqt_row_group *out)
{
    const size_t count =
        thrift_read_list(c->r, field, THRIFT_STRUCT, SORTING_LEAST_BYTES);
    pqt_sorting_column *array = allocate(c, count, sizeof *array);
    bool are_there = array != NULL;
    for (size_t i = 0; array && i < count && c->r->status == PQT_OK; i++) {
        read_sorting_column(c, &array[i]);
        if (array[i].column < 0 || array[i].column >= c->column_count) are_there = false;
    }
    out->sorting = are_there ? array : NULL;
    out->sorting_count = are_there ? (int32_t)count : 0;
}

static void read_chunks(context *c, const thrift_struct *s, int32_t column_count,
                        pqt_row_group *out)
{
    const size_t count = thrift_read_list(c->r, s, THRIFT_STRUCT, CHUNK_LEAST_BYTES);
    if (c->r->status == PQT_OK && count != (size_t)column_count)
        c->r->status =
            error_set(c->error, PQT_CORRUPT, "%zu column chunks, the schema has %d",
                      count, (int)column_count);
    if (c->r->status != PQT_OK) return;
    pqt_column_chunk *array = allocate(c, count, sizeof *array);
    for (size_t i = 0; array && i < count && c->r->status == PQT_OK; i++)
        read_chunk(c, (int32_t)i, &array[i]);
    out->columns = array;
}

static void read_row_group(context *c, int32_t column_count, pqt_row_group *out)
{
    thrift_struct s = {0};
    while (thrift_next(c->r, &s)) {
        switch (s.id) {
        case 1:
            read_chunks(c, &s, column_count, out);
            break;
        case 2:
            out->total_bytes = thrift_read_i64(c->r, &s);
            break;
        case 3:
            out->row_count = thrift_read_i64(c->r, &s);
            break;
        case 4:
            read_sorting(c, &s, out);
            break;
        case 7:
            c->crypto_group->ordinal = thrift_read_i16(c->r, &s);
            break;
        default:
            thrift_skip(c->r, &s);
        }
    }
    if (column_count > 0 && !out->columns) thrift_fail(c->r, "row group without columns");
}

static void read_row_groups(context *c, const thrift_struct *s, pqt_file_metadata *out)
{
    if (!out->schema.nodes) {
        thrift_fail(c->r, "row groups before the schema");
        return;
    }
    const size_t count = thrift_read_list(c->r, s, THRIFT_STRUCT, ROW_GROUP_LEAST_BYTES);
    pqt_row_group *array = allocate(c, count, sizeof *array);
    crypto_row_group *crypto = allocate(c, count, sizeof *crypto);
    c->column_count = out->schema.column_count;
    c->crypto->row_groups = crypto;
    for (size_t i = 0; array && crypto && i < count && c->r->status == PQT_OK; i++) {
        c->crypto_group = &crypto[i];
        c->crypto_group->ordinal = -1;
        read_row_group(c, out->schema.column_count, &array[i]);
        if (c->r->status != PQT_OK) error_prefix(c->error, "row group %zu", i);
    }
    out->row_groups = array;
    out->row_group_count = array ? (int32_t)count : 0;
}

static void read_created_by(context *c, const thrift_struct *s, pqt_file_metadata *out)
{
    const pqt_view text = thrift_read_binary(c->r, s);
    if (c->r->status != PQT_OK) return;
    out->created_by = arena_text(c->memory, text);
    if (!out->created_by) c->r->status = error_no_memory(c->error, text.size_bytes);
}

/* A chunk that this reader has read itself, and so may still change. */
static pqt_column_chunk *chunk_of(const pqt_file_metadata *m, int32_t row_group,
                                  int32_t column)
{
    return (pqt_column_chunk *)&m->row_groups[row_group].columns[column];
}

static void set_column_orders(const context *c, const pqt_file_metadata *m)
{
    if (!c->orders) return;
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t i = 0; i < m->schema.column_count; i++)
            chunk_of(m, g, i)->order = c->orders[i];
}

/* Row groups are read by the schema, which must not change then. */
static void read_schema(context *c, const thrift_struct *s, pqt_file_metadata *out)
{
    if (out->schema.nodes) {
        thrift_fail(c->r, "a second schema");
        return;
    }
    c->orders = NULL; /* what came before the columns is of none */
    const pqt_status status = schema_read(c->r, s, c->memory, &out->schema, c->error);
    if (c->r->status == PQT_OK) c->r->status = status;
}

static void read_fields(context *c, pqt_file_metadata *out)
{
    thrift_struct s = {0};
    while (thrift_next(c->r, &s)) {
        switch (s.id) {
        case 1:
            out->version = thrift_read_i32(c->r, &s);
            break;
        case 2:
            read_schema(c, &s, out);
            break;
        case 3:
            out->row_count = thrift_read_i64(c->r, &s);
            break;
        case 4:
            read_row_groups(c, &s, out);
            break;
        case 5:
            out->key_values = read_key_values(c, &s, &out->key_value_count);
            break;
        case 6:
            read_created_by(c, &s, out);
            break;
        case 7:
            out->has_column_orders = true;
            c->orders = column_orders_read(c->r, &s, out->schema.column_count, c->memory);
            break;
        case 8:
            crypto_algorithm_read(c->r, &s, &c->crypto->algorithm);
            break;
        case 9:
            c->crypto->key_metadata = thrift_read_binary(c->r, &s);
            break;
        default:
            thrift_skip(c->r, &s);
        }
    }
}

pqt_byte_range metadata_chunk_range(const pqt_column_chunk *chunk)
{
    const bool dictionary_first = chunk->dictionary_page_offset >= 0 &&
                                  chunk->dictionary_page_offset < chunk->data_page_offset;
    const int64_t start =
        dictionary_first ? chunk->dictionary_page_offset : chunk->data_page_offset;
    return (pqt_byte_range){(uint64_t)start, (uint64_t)chunk->compressed_bytes};
}

static pqt_status check_chunk(const pqt_row_group *group, const pqt_column_chunk *chunk,
                              const pqt_schema_node *node, uint64_t data_bytes,
                              pqt_error *error)
{
    if (chunk->type != node->type)
        return error_set(error, PQT_CORRUPT, "type is %s, in the schema %s",
                         pqt_type_name(chunk->type), pqt_type_name(node->type));
    if (chunk->value_count < 0 || chunk->compressed_bytes < 0 ||
        chunk->uncompressed_bytes < 0)
        return error_set(error, PQT_CORRUPT, "negative count or size");
    if (chunk->is_hidden && chunk->value_count == 0) return PQT_OK;
    if (node->max_repetition_level == 0 ? chunk->value_count != group->row_count
                                        : chunk->value_count < group->row_count)
        return error_set(error, PQT_CORRUPT, "%lld values for %lld rows",
                         (long long)chunk->value_count, (long long)group->row_count);
    if (chunk->value_count == 0) return PQT_OK;
    const pqt_byte_range range = metadata_chunk_range(chunk);
    if (chunk->data_page_offset >= 0 &&
        range_within(range.offset, range.size_bytes, data_bytes))
        return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "pages at byte %lld, %lld bytes long, are not before the footer "
                     "(byte %llu)",
                     (long long)range.offset, (long long)range.size_bytes,
                     (unsigned long long)data_bytes);
}

static pqt_status check_group(const pqt_file_metadata *m, int32_t number,
                              uint64_t data_bytes, pqt_error *error)
{
    const pqt_row_group *group = &m->row_groups[number];
    if (group->row_count < 0)
        return error_set(error, PQT_CORRUPT, "row group %d has %lld rows", (int)number,
                         (long long)group->row_count);
    for (int32_t i = 0; i < m->schema.column_count; i++) {
        const pqt_schema_node *node = &m->schema.nodes[m->schema.column_nodes[i]];
        statistics_settle(chunk_of(m, number, i), node);
        if (check_chunk(group, &group->columns[i], node, data_bytes, error) == PQT_OK)
            continue;
        char path[128];
        schema_path(&m->schema, i, path, sizeof path);
        error_prefix(error, "row group %d, column %s", (int)number, path);
        return PQT_CORRUPT;
    }
    return PQT_OK;
}

/* A writer that left the file's count at 0 is forgiven: the row groups know. */
pqt_status metadata_check(pqt_file_metadata *m, uint64_t data_bytes, pqt_error *error)
{
    int64_t rows = 0;
    for (int32_t i = 0; i < m->row_group_count; i++) {
        TRY(check_group(m, i, data_bytes, error));
        if (!checked_add_int64(rows, m->row_groups[i].row_count, &rows))
            return error_set(error, PQT_CORRUPT, "row groups have too many rows");
    }
    if (m->row_count == 0) m->row_count = rows;
    if (rows == m->row_count) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%lld rows, but the row groups have %lld",
                     (long long)m->row_count, (long long)rows);
}

pqt_status metadata_read(pqt_view footer, arena *memory, pqt_file_metadata *out,
                         crypto_footer *crypto, pqt_error *error)
{
    thrift_reader r = thrift_reader_of(footer, error);
    *crypto = (crypto_footer){0};
    context c = {.r = &r, .memory = memory, .error = error, .crypto = crypto};
    pqt_file_metadata m = {.created_by = "", .footer_bytes = (uint32_t)footer.size_bytes};
    read_fields(&c, &m);
    TRY(r.status);
    if (!m.schema.nodes) return error_set(error, PQT_CORRUPT, "no schema");
    set_column_orders(&c, &m);
    crypto->thrift_bytes = thrift_position(&r);
    *out = m;
    return PQT_OK;
}

pqt_status metadata_read_column(pqt_view bytes, arena *memory, pqt_column_chunk *out,
                                pqt_error *error)
{
    thrift_reader r = thrift_reader_of(bytes, error);
    context c = {.r = &r, .memory = memory, .error = error};
    read_column_metadata(&c, out);
    return r.status;
}
