#include "test_help.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "pqt.h"

static pqt_error error;

static pqt_status collect(void *self, const uint8_t *data, size_t size_bytes,
                          pqt_error *e)
{
    return buffer_append(self, data, size_bytes, e);
}

enum { ROWS = 5000 };

/* A small table of three columns, written by so many threads into `out`. */
static void write_table(int threads, buffer *out)
{
    static int64_t ids[ROWS];
    static int32_t versions[ROWS];
    static uint8_t validity[ROWS / 8 + 1];
    static pqt_view paths[ROWS];
    static char text[ROWS][32];
    for (int i = 0; i < ROWS; i++) {
        ids[i] = (int64_t)i * 7919 % 10007;
        versions[i] = i % 13;
        if (i % 3) validity[i / 8] |= (uint8_t)(1u << i % 8);
        const int size = snprintf(text[i], sizeof text[i], "/page-%d.html", i / 4);
        paths[i] = view_of(text[i], (size_t)size);
    }
    static const pqt_schema_node nodes[] = {
        {.is_group = true, .child_count = 3},
        {.name = "id", .type = PQT_INT64},
        {.name = "version", .type = PQT_INT32, .repetition = PQT_OPTIONAL},
        {.name = "path", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}},
    };
    const pqt_schema schema = {.nodes = nodes, .node_count = 4};
    const pqt_column_options columns[] = {
        {.encoding = PQT_DELTA_BINARY_PACKED},
        {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD},
        {.encoding = PQT_DELTA_BYTE_ARRAY, .codec = PQT_ZSTD, .level = 3},
    };
    const pqt_column_values values[] = {
        {.values = ids}, {.values = versions, .validity = validity}, {.values = paths}};
    const pqt_writer_options options = {
        .page_rows = 700, .row_group_rows = 2000, .threads = threads};
    const pqt_output output = {.write = collect, .self = out};
    pqt_writer *writer = NULL;
    pqt_written written;
    assert_ok(pqt_writer_create(&output, &schema, columns, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, ROWS, &error));
    assert_ok(pqt_writer_finish(writer, &written, &error));
    assert_int_equal(written.row_count, ROWS);
    assert_int_equal(written.file_bytes, out->size_bytes);
    assert_int_equal(written.column_statistics[1].null_count, (ROWS + 2) / 3);
    assert_view_is(written.column_statistics[2].max_value, "/page-999.html");
    pqt_writer_free(writer);
}

static void test_threads_any_number_same_bytes(void **state)
{
    (void)state;
    buffer one = {0};
    write_table(1, &one);
    for (int threads = 2; threads <= 4; threads++) {
        buffer more = {0};
        write_table(threads, &more);
        assert_int_equal(more.size_bytes, one.size_bytes);
        assert_memory_equal(more.data, one.data, one.size_bytes);
        buffer_free(&more);
    }
    buffer_free(&one);
}

static void test_file_ends_magic_and_footer_length(void **state)
{
    (void)state;
    buffer file = {0};
    write_table(1, &file);
    assert_memory_equal(file.data, "PAR1", 4);
    assert_memory_equal(file.data + file.size_bytes - 4, "PAR1", 4);
    assert_true(load_u32le(file.data + file.size_bytes - 8) < file.size_bytes - 12);
    buffer_free(&file);
}

static void test_create_bad_columns_refused_by_name(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {.write = collect, .self = &file};
    pqt_writer *writer = NULL;
    const pqt_schema_node old[] = {{.is_group = true, .child_count = 1},
                                   {.name = "t", .type = PQT_INT96}};
    const pqt_schema old_schema = {.nodes = old, .node_count = 2};
    assert_fails(pqt_writer_create(&output, &old_schema, NULL, NULL, &writer, &error),
                 PQT_UNSUPPORTED, "column 't': INT96");
    const pqt_schema_node number[] = {{.is_group = true, .child_count = 1},
                                      {.name = "n", .type = PQT_INT32}};
    const pqt_schema schema = {.nodes = number, .node_count = 2};
    const pqt_column_options wrong = {.encoding = PQT_DELTA_BYTE_ARRAY};
    assert_fails(pqt_writer_create(&output, &schema, &wrong, NULL, &writer, &error),
                 PQT_INVALID, "column 'n': INT32 cannot be encoded as DELTA_BYTE_ARRAY");
    assert_null(writer);
    buffer_free(&file);
}

/* Two columns of ROWS rows for what may go wrong. */
static const pqt_schema_node two_nodes[] = {
    {.is_group = true, .child_count = 2},
    {.name = "n", .type = PQT_INT32},
    {.name = "t", .type = PQT_BYTE_ARRAY, .repetition = PQT_OPTIONAL},
};
static const pqt_schema two_schema = {.nodes = two_nodes, .node_count = 3};
static const pqt_column_options two_columns[] = {
    {.encoding = PQT_RLE_DICTIONARY, .codec = PQT_ZSTD},
    {.encoding = PQT_DELTA_BYTE_ARRAY, .bloom_filter = true},
};
static int32_t numbers[ROWS];
static pqt_view texts[ROWS];

static void fill_two_columns(pqt_column_values values[2])
{
    for (int i = 0; i < ROWS; i++) {
        numbers[i] = i * i % 971;
        texts[i] = view_text(i % 2 ? "odd" : "even");
    }
    values[0] = (pqt_column_values){.values = numbers};
    values[1] = (pqt_column_values){.values = texts};
}

static pqt_status write_two_columns(const pqt_output *output,
                                    const pqt_writer_options *options, pqt_error *e)
{
    pqt_writer *writer = NULL;
    pqt_column_values values[2];
    fill_two_columns(values);
    pqt_status status =
        pqt_writer_create(output, &two_schema, two_columns, options, &writer, e);
    if (status == PQT_OK) status = pqt_writer_append(writer, values, ROWS, e);
    if (status == PQT_OK) status = pqt_writer_finish(writer, NULL, e);
    pqt_writer_free(writer);
    return status;
}

/* malloc until so many allocations were made. */
typedef struct short_memory {
    int left;
} short_memory;

static void *resize_short(void *self, void *pointer, size_t size_bytes)
{
    short_memory *memory = self;
    return memory->left-- > 0 ? realloc(pointer, size_bytes) : NULL;
}

static void release_short(void *self, void *pointer)
{
    (void)self;
    free(pointer);
}

static void test_memory_any_allocation_fails_said(void **state)
{
    (void)state;
    for (int allowed = 0;; allowed++) {
        short_memory memory = {allowed};
        const pqt_allocator allocator = {resize_short, release_short, &memory};
        const pqt_writer_options options = {
            .allocator = &allocator, .page_rows = 300, .row_group_rows = 1300};
        buffer file = {0};
        const pqt_output output = {collect, &file};
        error = (pqt_error){0};
        const pqt_status status = write_two_columns(&output, &options, &error);
        buffer_free(&file);
        assert_true(allowed < 10000);
        if (status == PQT_OK) return;
        assert_int_equal(status, PQT_NOMEM);
        assert_int_equal(error.status, PQT_NOMEM);
    }
}

typedef struct full_disk {
    size_t left_bytes;
} full_disk;

static pqt_status write_until_full(void *self, const uint8_t *data, size_t size_bytes,
                                   pqt_error *e)
{
    full_disk *disk = self;
    (void)data;
    if (size_bytes > disk->left_bytes) return error_set(e, PQT_IO, "the disk is full");
    disk->left_bytes -= size_bytes;
    return PQT_OK;
}

static void test_output_any_write_fails_said(void **state)
{
    (void)state;
    const pqt_writer_options options = {.page_rows = 300, .row_group_rows = 1300};
    for (size_t room = 0;; room += 97) {
        full_disk disk = {room};
        const pqt_output output = {write_until_full, &disk};
        error = (pqt_error){0};
        if (write_two_columns(&output, &options, &error) == PQT_OK) return;
        assert_string_equal(error.message, "the disk is full");
    }
}

static void test_append_after_failure_refused(void **state)
{
    (void)state;
    full_disk disk = {10};
    const pqt_output output = {write_until_full, &disk};
    const pqt_writer_options options = {.row_group_rows = 100};
    pqt_writer *writer = NULL;
    pqt_column_values values[2];
    fill_two_columns(values);
    assert_ok(
        pqt_writer_create(&output, &two_schema, two_columns, &options, &writer, &error));
    assert_fails(pqt_writer_append(writer, values, ROWS, &error), PQT_IO, "full");
    assert_fails(pqt_writer_append(writer, values, 1, &error), PQT_INVALID, "failed");
    assert_fails(pqt_writer_finish(writer, NULL, &error), PQT_INVALID, "failed");
    pqt_writer_free(writer);
}

static void test_append_nulls_for_required_refused_by_name(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {collect, &file};
    const uint8_t validity[] = {0xff};
    pqt_writer *writer = NULL;
    pqt_column_values values[2];
    fill_two_columns(values);
    values[0].validity = validity;
    assert_ok(
        pqt_writer_create(&output, &two_schema, two_columns, NULL, &writer, &error));
    assert_fails(pqt_writer_append(writer, values, 8, &error), PQT_INVALID,
                 "column 'n': a required column");
    pqt_writer_free(writer);
    buffer_free(&file);
}

static void test_append_fixed_of_other_width_refused(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {collect, &file};
    const pqt_schema_node nodes[] = {
        {.is_group = true, .child_count = 1},
        {.name = "f", .type = PQT_FIXED_LEN_BYTE_ARRAY, .type_length = 4}};
    const pqt_schema schema = {.nodes = nodes, .node_count = 2};
    const pqt_view value = view_text("abc");
    const pqt_column_values values = {.values = &value};
    pqt_writer *writer = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, NULL, &writer, &error));
    assert_fails(pqt_writer_append(writer, &values, 1, &error), PQT_INVALID,
                 "column 'f': a value of 3 bytes: the type has 4");
    pqt_writer_free(writer);
    buffer_free(&file);
}

/* Ending pages and row groups where nothing is open must not write empty ones. */
static void test_end_nothing_open_same_bytes(void **state)
{
    (void)state;
    buffer files[2] = {{0}, {0}};
    for (int extra = 0; extra < 2; extra++) {
        const pqt_output output = {collect, &files[extra]};
        pqt_writer *writer = NULL;
        pqt_column_values values[2];
        fill_two_columns(values);
        assert_ok(
            pqt_writer_create(&output, &two_schema, two_columns, NULL, &writer, &error));
        for (int i = 0; i < 2; i++) {
            if (extra) assert_ok(pqt_writer_end_page(writer, &error));
            if (extra && i == 0) assert_ok(pqt_writer_end_row_group(writer, &error));
            if (extra) assert_ok(pqt_writer_append(writer, values, 0, &error));
            assert_ok(pqt_writer_append(writer, values, 50, &error));
            assert_ok(pqt_writer_end_page(writer, &error));
        }
        if (extra) assert_ok(pqt_writer_end_row_group(writer, &error));
        assert_ok(pqt_writer_finish(writer, NULL, &error));
        pqt_writer_free(writer);
    }
    assert_int_equal(files[0].size_bytes, files[1].size_bytes);
    assert_memory_equal(files[0].data, files[1].data, files[0].size_bytes);
    buffer_free(&files[0]);
    buffer_free(&files[1]);
}

static void test_finish_no_rows_file_without_row_groups(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {collect, &file};
    pqt_writer *writer = NULL;
    pqt_written written;
    assert_ok(
        pqt_writer_create(&output, &two_schema, two_columns, NULL, &writer, &error));
    assert_ok(pqt_writer_finish(writer, &written, &error));
    assert_int_equal(written.row_count, 0);
    assert_null(written.column_statistics[0].min_value.data);
    assert_int_equal(written.tail_bytes, file.size_bytes - 4);
    pqt_writer_free(writer);
    buffer_free(&file);
}

/* One column of ten rows; `spoil`: all that the options point at is overwritten. */
static void write_described(bool spoil, buffer *file)
{
    char name[] = "number", key[] = "who", value[] = "me", creator[] = "somebody";
    pqt_sorting_column sorting = {.descending = true};
    pqt_key_value pair = {view_text(key), view_text(value)};
    pqt_schema_node nodes[] = {{.is_group = true, .child_count = 1},
                               {.name = name, .type = PQT_INT32}};
    const pqt_schema schema = {.nodes = nodes, .node_count = 2};
    pqt_column_options column = {0};
    const int32_t values[10] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    const pqt_column_values columns = {.values = values};
    pqt_writer_options options = {.created_by = creator,
                                  .sorting = &sorting,
                                  .sorting_count = 1,
                                  .key_values = &pair,
                                  .key_value_count = 1};
    const pqt_output output = {collect, file};
    pqt_writer *writer = NULL;
    assert_ok(pqt_writer_create(&output, &schema, &column, &options, &writer, &error));
    if (spoil) {
        memset(name, 'x', sizeof name - 1);
        memset(key, 'x', sizeof key - 1);
        memset(value, 'x', sizeof value - 1);
        memset(creator, 'x', sizeof creator - 1);
        memset(&sorting, 0, sizeof sorting);
        memset(&pair, 0, sizeof pair);
        memset(nodes, 0, sizeof nodes);
        memset(&column, 0xff, sizeof column);
        memset(&options, 0, sizeof options);
    }
    assert_ok(pqt_writer_append(writer, &columns, 10, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
}

static void test_create_options_copied(void **state)
{
    (void)state;
    buffer files[2] = {{0}, {0}};
    write_described(false, &files[0]);
    write_described(true, &files[1]);
    assert_int_equal(files[0].size_bytes, files[1].size_bytes);
    assert_memory_equal(files[0].data, files[1].data, files[0].size_bytes);
    buffer_free(&files[0]);
    buffer_free(&files[1]);
}

static uint64_t tail_bytes(const pqt_writer_options *options, uint64_t *file_bytes)
{
    buffer file = {0};
    const pqt_output output = {collect, &file};
    pqt_writer *writer = NULL;
    pqt_written written;
    pqt_column_values values[2];
    fill_two_columns(values);
    assert_ok(
        pqt_writer_create(&output, &two_schema, two_columns, options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, ROWS, &error));
    assert_ok(pqt_writer_finish(writer, &written, &error));
    pqt_writer_free(writer);
    buffer_free(&file);
    *file_bytes = written.file_bytes;
    return written.tail_bytes;
}

static void test_options_without_index_or_checksums_smaller(void **state)
{
    (void)state;
    const pqt_writer_options with = {.page_rows = 100};
    const pqt_writer_options no_index = {.page_rows = 100, .no_page_index = true};
    const pqt_writer_options no_checksums = {.page_rows = 100, .no_checksums = true};
    uint64_t all_bytes, bytes;
    const uint64_t tail = tail_bytes(&with, &all_bytes);
    /* 50 pages a column: at least 4 bytes of OffsetIndex each, and their limits. */
    assert_true(tail_bytes(&no_index, &bytes) + 2 * 50 * 8 < tail);
    assert_int_equal(all_bytes - bytes, tail - tail_bytes(&no_index, &bytes));
    tail_bytes(&no_checksums, &bytes);
    assert_true(bytes + 101 * 2 <= all_bytes);
}

static void test_create_bad_options_refused(void **state)
{
    (void)state;
    buffer file = {0};
    const pqt_output output = {collect, &file};
    const pqt_sorting_column sorting = {.column = 2};
    pqt_writer *writer = NULL;
    const pqt_writer_options cases[] = {{.page_rows = -1},
                                        {.row_group_rows = -5},
                                        {.sorting = &sorting, .sorting_count = 1},
                                        {.page_limit_bytes = SIZE_MAX},
                                        {.threads = 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(pqt_writer_create(&output, &two_schema, two_columns, &cases[i],
                                       &writer, &error),
                     PQT_INVALID, "");
    const pqt_schema_node root = {.is_group = true};
    const pqt_schema empty = {.nodes = &root, .node_count = 1};
    assert_fails(pqt_writer_create(&output, &empty, NULL, NULL, &writer, &error),
                 PQT_INVALID, "at least one column");
    assert_null(writer);
    buffer_free(&file);
}

/* Three pages of doubles: numbers, NaN only, and zeros of both signs. */
static pqt_reader *write_reals(bool ieee_total_order, buffer *file)
{
    const pqt_schema_node nodes[] = {{.is_group = true, .child_count = 2},
                                     {.name = "d", .type = PQT_DOUBLE},
                                     {.name = "n", .type = PQT_INT32}};
    const pqt_schema schema = {.nodes = nodes, .node_count = 3};
    const double nan = __builtin_nan("");
    const double reals[] = {1, nan, 3, nan, -nan, nan, 0.0, -0.0, 0.0};
    const int32_t zeros[9] = {0};
    const pqt_column_values values[] = {{.values = reals}, {.values = zeros}};
    const pqt_writer_options options = {.page_rows = 3,
                                        .ieee_total_order = ieee_total_order};
    const pqt_output output = {collect, file};
    pqt_writer *writer = NULL;
    pqt_reader *reader = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, 9, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
    assert_ok(pqt_reader_open_memory(buffer_view(file), NULL, &reader, &error));
    assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
    return reader;
}

static double real_of(pqt_view plain)
{
    double value;
    assert_int_equal(plain.size_bytes, sizeof value);
    memcpy(&value, plain.data, sizeof value);
    return value;
}

static void test_reals_type_order_nan_page_no_column_index(void **state)
{
    (void)state;
    buffer file = {0};
    pqt_reader *reader = write_reals(false, &file);
    const pqt_column_chunk *chunks = pqt_reader_metadata(reader)->row_groups[0].columns;
    assert_int_equal(chunks[0].order, PQT_ORDER_TYPE_DEFINED);
    assert_int_equal(chunks[0].statistics.nan_count, 4);
    assert_true(real_of(chunks[0].statistics.max_value) == 3);
    const double min = real_of(chunks[0].statistics.min_value);
    assert_true(min == 0 && __builtin_signbit(min));
    assert_int_equal(chunks[1].statistics.nan_count, -1);
    assert_false(pqt_reader_page_index(reader, 0, 0)->has_column_index);
    assert_true(pqt_reader_page_index(reader, 0, 1)->has_column_index);
    assert_null(pqt_reader_page_index(reader, 0, 1)->nan_counts);
    pqt_reader_close(reader);
    buffer_free(&file);
}

static void test_reals_total_order_nan_page_has_nan_limits(void **state)
{
    (void)state;
    buffer file = {0};
    pqt_reader *reader = write_reals(true, &file);
    const pqt_column_chunk *chunks = pqt_reader_metadata(reader)->row_groups[0].columns;
    const pqt_page_index *index = pqt_reader_page_index(reader, 0, 0);
    assert_int_equal(chunks[0].order, PQT_ORDER_IEEE_754_TOTAL);
    assert_int_equal(chunks[1].order, PQT_ORDER_TYPE_DEFINED);
    assert_true(real_of(chunks[0].statistics.max_value) == 3);
    assert_true(index->has_column_index);
    assert_int_equal(index->nan_counts[0], 1);
    assert_int_equal(index->nan_counts[1], 3);
    assert_int_equal(index->nan_counts[2], 0);
    const double low = real_of(index->min_values[1]),
                 high = real_of(index->max_values[1]);
    assert_true(low != low && __builtin_signbit(low));
    assert_true(high != high && !__builtin_signbit(high));
    assert_false(__builtin_signbit(real_of(index->max_values[2])));
    assert_int_equal(index->boundary_order, 0);
    pqt_reader_close(reader);
    buffer_free(&file);
}

/* Every annotation that a leaf can have comes back as it was asked for. */
static void test_logical_types_read_back(void **state)
{
    (void)state;
    static const pqt_schema_node nodes[] = {
        {.is_group = true, .child_count = 22},
        {.name = "0", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_STRING}},
        {.name = "1", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_ENUM}},
        {.name = "2", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_JSON}},
        {.name = "3", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_BSON}},
        {.name = "4",
         .type = PQT_BYTE_ARRAY,
         .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 60, .scale = 7}},
        {.name = "5",
         .type = PQT_INT32,
         .logical = {.kind = PQT_LOGICAL_DECIMAL, .precision = 9}},
        {.name = "6", .type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_DATE}},
        {.name = "7", .type = PQT_INT32, .logical = {.kind = PQT_LOGICAL_TIME}},
        {.name = "8",
         .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_TIME, .unit = PQT_NANOS, .is_utc = true}},
        {.name = "9",
         .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MICROS}},
        {.name = "10",
         .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_TIMESTAMP, .unit = PQT_MILLIS, .is_utc = true}},
        {.name = "11",
         .type = PQT_INT32,
         .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 8}},
        {.name = "12",
         .type = PQT_INT64,
         .logical = {.kind = PQT_LOGICAL_INTEGER, .bit_width = 64, .is_signed = true}},
        {.name = "13",
         .type = PQT_FIXED_LEN_BYTE_ARRAY,
         .type_length = 16,
         .logical = {.kind = PQT_LOGICAL_UUID}},
        {.name = "14",
         .type = PQT_FIXED_LEN_BYTE_ARRAY,
         .type_length = 2,
         .logical = {.kind = PQT_LOGICAL_FLOAT16}},
        {.name = "15",
         .type = PQT_FIXED_LEN_BYTE_ARRAY,
         .type_length = 12,
         .logical = {.kind = PQT_LOGICAL_INTERVAL}},
        {.name = "16",
         .type = PQT_DOUBLE,
         .repetition = PQT_OPTIONAL,
         .logical = {.kind = PQT_LOGICAL_UNKNOWN}},
        {.name = "17", .type = PQT_BYTE_ARRAY, .logical = {.kind = PQT_LOGICAL_GEOMETRY}},
        {.name = "18",
         .type = PQT_BYTE_ARRAY,
         .logical = {.kind = PQT_LOGICAL_GEOGRAPHY, .crs = "EPSG:1", .edges = 3}},
        {.name = "19",
         .is_group = true,
         .child_count = 2,
         .logical = {.kind = PQT_LOGICAL_VARIANT, .specification_version = 1}},
        {.name = "metadata", .type = PQT_BYTE_ARRAY},
        {.name = "value", .type = PQT_BYTE_ARRAY},
        {.name = "20",
         .is_group = true,
         .child_count = 1,
         .logical = {.kind = PQT_LOGICAL_FILE}},
        {.name = "uri", .type = PQT_BYTE_ARRAY, .repetition = PQT_OPTIONAL},
        {.name = "21", .type = PQT_BOOLEAN},
    };
    enum { NODES = sizeof nodes / sizeof *nodes };
    const pqt_schema schema = {.nodes = nodes, .node_count = NODES};
    buffer file = {0};
    const pqt_output output = {collect, &file};
    pqt_writer *writer = NULL;
    pqt_reader *reader = NULL;
    assert_ok(pqt_writer_create(&output, &schema, NULL, NULL, &writer, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
    assert_ok(pqt_reader_open_memory(buffer_view(&file), NULL, &reader, &error));
    const pqt_schema *found = &pqt_reader_metadata(reader)->schema;
    assert_int_equal(found->node_count, NODES);
    for (int i = 1; i < NODES; i++) {
        const pqt_logical_type *a = &found->nodes[i].logical, *b = &nodes[i].logical;
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->precision, b->precision);
        assert_int_equal(a->scale, b->scale);
        assert_int_equal(a->unit, b->unit);
        assert_int_equal(a->is_utc, b->is_utc);
        assert_int_equal(a->bit_width, b->bit_width);
        assert_int_equal(a->is_signed, b->is_signed);
        assert_int_equal(a->specification_version, b->specification_version);
        assert_int_equal(a->edges, b->edges);
        assert_int_equal(a->crs != NULL, b->crs != NULL);
        if (a->crs) assert_string_equal(a->crs, b->crs);
        assert_int_equal(found->nodes[i].type_length, nodes[i].type_length);
    }
    pqt_reader_close(reader);
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_any_number_same_bytes),
        cmocka_unit_test(test_file_ends_magic_and_footer_length),
        cmocka_unit_test(test_create_bad_columns_refused_by_name),
        cmocka_unit_test(test_memory_any_allocation_fails_said),
        cmocka_unit_test(test_output_any_write_fails_said),
        cmocka_unit_test(test_append_after_failure_refused),
        cmocka_unit_test(test_append_nulls_for_required_refused_by_name),
        cmocka_unit_test(test_append_fixed_of_other_width_refused),
        cmocka_unit_test(test_end_nothing_open_same_bytes),
        cmocka_unit_test(test_finish_no_rows_file_without_row_groups),
        cmocka_unit_test(test_create_options_copied),
        cmocka_unit_test(test_options_without_index_or_checksums_smaller),
        cmocka_unit_test(test_create_bad_options_refused),
        cmocka_unit_test(test_reals_type_order_nan_page_no_column_index),
        cmocka_unit_test(test_reals_total_order_nan_page_has_nan_limits),
        cmocka_unit_test(test_logical_types_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
