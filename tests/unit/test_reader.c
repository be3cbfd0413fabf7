/* Files written in memory and read in every way: ranges, runs, indexes, damage. */
#include <stdlib.h>

#include "naive_decode.h"
#include "pqt.h"
#include "random_file.h"

static const pqt_reader_options *with_allocator(const pqt_allocator *allocator)
{
    static pqt_reader_options options;
    options = (pqt_reader_options){.allocator = allocator, .page_limit_bytes = 1 << 20};
    return &options;
}

static void assert_slot(const pqt_values *v, const random_column *c, int64_t at,
                        int64_t row)
{
    const bool valid = !v->validity || (v->validity[at / 8] >> at % 8 & 1);
    assert_int_equal(valid, random_is_valid(c, row));
    if (!valid) return;
    switch (c->leaf.type) {
    case PQT_BOOLEAN:
        assert_int_equal(v->booleans[at], c->booleans[row]);
        break;
    case PQT_INT32:
        assert_int_equal(v->int32s[at], c->narrow[row]);
        break;
    case PQT_INT64:
        assert_true(v->int64s[at] == c->wide[row]);
        break;
    case PQT_FLOAT:
        assert_memory_equal(&v->floats[at], &c->narrow[row], 4);
        break;
    case PQT_DOUBLE:
        assert_memory_equal(&v->doubles[at], &c->wide[row], 8);
        break;
    default:
        assert_true(view_equal(v->bytes[at], c->views[row]));
    }
}

/* The row in the file of a row group's first. */
static int64_t first_of(const pqt_file_metadata *m, int32_t group)
{
    int64_t first = 0;
    for (int32_t g = 0; g < group; g++) first += m->row_groups[g].row_count;
    return first;
}

static void read_range(const pqt_reader *reader, const random_file *file,
                       pqt_values *values, uint64_t *random)
{
    pqt_error error;
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    const int32_t group = (int32_t)(naive_random(random) % (uint64_t)m->row_group_count);
    const int32_t column = (int32_t)(naive_random(random) % RANDOM_COLUMNS);
    const int64_t rows = m->row_groups[group].row_count;
    const int64_t first = (int64_t)(naive_random(random) % (uint64_t)rows);
    const int64_t count = (int64_t)(naive_random(random) % (uint64_t)(rows - first + 1));
    assert_ok(
        pqt_reader_read(reader, group, column, first, count, &values[column], &error));
    assert_int_equal(values[column].row_count, count);
    assert_int_equal(values[column].slot_count, count);
    for (int64_t i = 0; i < count; i++)
        assert_slot(&values[column], &file->columns[column], i,
                    first_of(m, group) + first + i);
}

static void any_range_of_any_file_is_what_was_written(void **state)
{
    (void)state;
    static random_file file;
    pqt_error error;
    uint64_t random = 21;
    for (int round = 0; round < 60; round++) {
        pqt_values values[RANDOM_COLUMNS] = {{0}};
        pqt_reader *reader = NULL;
        random_file_make(&file, &random);
        assert_ok(
            pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
        assert_int_equal(pqt_reader_metadata(reader)->row_count, file.row_count);
        for (int i = 0; i < 60; i++) {
            if (i == 30) assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
            read_range(reader, &file, values, &random);
        }
        for (int c = 0; c < RANDOM_COLUMNS; c++) pqt_values_free(&values[c]);
        pqt_reader_close(reader);
        random_file_free(&file);
    }
}

static void runs_are_the_values(void **state)
{
    (void)state;
    static random_file file;
    pqt_error error;
    uint64_t random = 22;
    for (int round = 0; round < 40; round++) {
        pqt_reader *reader = NULL;
        pqt_values scratch = {0};
        pqt_runs runs = {0};
        random_file_make(&file, &random);
        assert_ok(
            pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
        const pqt_file_metadata *m = pqt_reader_metadata(reader);
        for (int32_t c = 0; c < RANDOM_COLUMNS; c++) {
            const random_column *column = &file.columns[c];
            const bool is_wide = column->leaf.type == PQT_INT64;
            if (!is_wide && column->leaf.type != PQT_INT32) {
                assert_fails(
                    pqt_reader_read_runs(reader, 0, c, 0, 1, &scratch, &runs, &error),
                    PQT_INVALID, "integers");
                continue;
            }
            runs.count = 0;
            const int64_t rows = m->row_groups[0].row_count, first = rows / 3;
            assert_ok(pqt_reader_read_runs(reader, 0, c, first, rows - first, &scratch,
                                           &runs, &error));
            int64_t row = first;
            for (size_t i = 0; i < runs.count; i++)
                for (int64_t n = 0; n < runs.runs[i].row_count; n++, row++) {
                    assert_int_equal(!runs.runs[i].is_null, random_is_valid(column, row));
                    if (runs.runs[i].is_null) continue;
                    assert_true(runs.runs[i].value ==
                                (is_wide ? column->wide[row] : column->narrow[row]));
                }
            assert_int_equal(row, rows);
        }
        pqt_runs_free(&runs);
        pqt_values_free(&scratch);
        pqt_reader_close(reader);
        random_file_free(&file);
    }
}

static void wrong_places_are_refused(void **state)
{
    (void)state;
    static random_file file;
    pqt_error error;
    uint64_t random = 23;
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    random_file_make(&file, &random);
    assert_ok(pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    const int64_t rows = m->row_groups[0].row_count;
    const struct {
        int32_t group, column;
        int64_t first, count;
    } cases[] = {{-1, 0, 0, 1},
                 {m->row_group_count, 0, 0, 1},
                 {0, -1, 0, 1},
                 {0, RANDOM_COLUMNS, 0, 1},
                 {0, 0, -1, 1},
                 {0, 0, rows, 1},
                 {0, 0, 0, rows + 1},
                 {0, 0, 1, INT64_MAX},
                 {0, 0, INT64_MAX, 1},
                 {0, 0, 0, -1},
                 {0, 0, INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (pqt_reader_read(reader, cases[i].group, cases[i].column, cases[i].first,
                            cases[i].count, &values, &error) != PQT_INVALID)
            fail_msg("case %zu", i);
    assert_ok(pqt_reader_read(reader, 0, 0, rows, 0, &values, &error));
    assert_int_equal(values.row_count, 0);
    pqt_values_free(&values);
    pqt_reader_close(reader);
    random_file_free(&file);
}

/* Only the bytes that are announced are read. */
struct watched {
    const buffer *bytes;
    uint64_t begin[2], end[2];
    bool is_watching;
};

static pqt_status read_watched(void *self, uint64_t offset, uint8_t *out,
                               size_t size_bytes, pqt_error *error)
{
    const struct watched *w = self;
    (void)error;
    for (size_t i = 0; w->is_watching && i < size_bytes; i++) {
        const uint64_t at = offset + i;
        assert_true((at >= w->begin[0] && at < w->end[0]) ||
                    (at >= w->begin[1] && at < w->end[1]));
    }
    assert_true(offset + size_bytes <= w->bytes->size_bytes);
    memcpy(out, w->bytes->data + offset, size_bytes);
    return PQT_OK;
}

static void byte_ranges_are_all_that_is_read(void **state)
{
    (void)state;
    static random_file file;
    pqt_error error;
    uint64_t random = 24;
    for (int round = 0; round < 30; round++) {
        random_file_make(&file, &random);
        struct watched w = {.bytes = &file.bytes};
        const pqt_input input = {.read = read_watched,
                                 .self = &w,
                                 .size_bytes = file.bytes.size_bytes,
                                 .name = "watched"};
        const pqt_reader_options small_tail = {.tail_bytes = 8};
        pqt_reader *reader = NULL;
        assert_ok(pqt_reader_open(&input, &small_tail, &reader, &error));
        if (round % 2) assert_ok(pqt_reader_load_page_indexes(reader, NULL, 0, &error));
        for (int i = 0; i < 30; i++) {
            pqt_values values = {0};
            pqt_byte_range ranges[2];
            const int64_t rows = pqt_reader_metadata(reader)->row_groups[0].row_count;
            const int64_t first = (int64_t)(naive_random(&random) % (uint64_t)rows);
            const int32_t column = i % RANDOM_COLUMNS;
            assert_ok(pqt_reader_byte_ranges(reader, 0, column, first, rows - first,
                                             ranges, &error));
            for (int n = 0; n < 2; n++) {
                w.begin[n] = ranges[n].offset;
                w.end[n] = ranges[n].offset + ranges[n].size_bytes;
            }
            w.is_watching = true;
            assert_ok(
                pqt_reader_read(reader, 0, column, first, rows - first, &values, &error));
            w.is_watching = false;
            pqt_values_free(&values);
        }
        pqt_reader_close(reader);
        random_file_free(&file);
    }
}

/* --- Damage --- */

/* Memory that is counted, and refused beyond a budget or at one call. */
struct counted {
    size_t calls;
    size_t fail_at; /* 0: never */
    size_t largest; /* block asked for */
};

static void *counted_resize(void *self, void *pointer, size_t size_bytes)
{
    struct counted *c = self;
    if (++c->calls == c->fail_at) return NULL;
    if (size_bytes > c->largest) c->largest = size_bytes;
    return size_bytes > 64 << 20 ? NULL : realloc(pointer, size_bytes);
}

static void counted_release(void *self, void *pointer)
{
    (void)self;
    free(pointer);
}

/* Opens and reads all there is; the first failure. */
static pqt_status read_all(pqt_view bytes, const pqt_allocator *allocator,
                           pqt_error *error)
{
    pqt_reader *reader = NULL;
    TRY(pqt_reader_open_memory(bytes, with_allocator(allocator), &reader, error));
    pqt_status status = pqt_reader_load_page_indexes(reader, NULL, 0, error);
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    for (int32_t g = 0; g < m->row_group_count; g++)
        for (int32_t c = 0; c < m->schema.column_count && status == PQT_OK; c++) {
            pqt_values values = {0};
            status = pqt_reader_read(reader, g, c, 0, m->row_groups[g].row_count, &values,
                                     error);
            pqt_values_free(&values);
        }
    pqt_reader_close(reader);
    return status;
}

/* In memory of exactly its size. */
static pqt_status read_copy(const uint8_t *bytes, size_t size_bytes,
                            struct counted *counted)
{
    pqt_error error = {0};
    const pqt_allocator allocator = {counted_resize, counted_release, counted};
    uint8_t *copy = malloc(size_bytes ? size_bytes : 1);
    if (size_bytes) memcpy(copy, bytes, size_bytes);
    const pqt_status status = read_all(view_of(copy, size_bytes), &allocator, &error);
    if (status != PQT_OK) assert_true(error.status == status && error.message[0]);
    free(copy);
    return status;
}

static void make_small(random_file *file, uint64_t *random)
{
    do {
        random_file_free(file);
        random_file_make(file, random);
    } while (file->row_count < 20 || file->row_count > 200 ||
             file->bytes.size_bytes > 12000);
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    static random_file file;
    uint64_t random = 25;
    make_small(&file, &random);
    for (size_t size = 0; size < file.bytes.size_bytes; size++) {
        struct counted counted = {0};
        assert_int_not_equal(read_copy(file.bytes.data, size, &counted), PQT_OK);
    }
    random_file_free(&file);
}

/* What is allocated is within reason of the file, whatever its footer claims. */
static void changed_bytes_do_no_harm(void **state)
{
    (void)state;
    static random_file file;
    uint64_t random = 26;
    for (int round = 0; round < 4; round++) {
        make_small(&file, &random);
        for (size_t at = 0; at < file.bytes.size_bytes; at++) {
            struct counted counted = {0};
            const uint8_t kept = file.bytes.data[at];
            const unsigned change = round % 2 ? 1u << naive_random(&random) % 8
                                              : (unsigned)naive_random(&random);
            file.bytes.data[at] = (uint8_t)(kept ^ (change ? change : 0xff));
            (void)read_copy(file.bytes.data, file.bytes.size_bytes, &counted);
            assert_true(counted.largest <= 4 << 20);
            file.bytes.data[at] = kept;
        }
    }
    random_file_free(&file);
}

static void checksums_find_changed_pages(void **state)
{
    (void)state;
    static random_file file;
    pqt_error error;
    uint64_t random = 27;
    make_small(&file, &random);
    pqt_reader *reader = NULL;
    assert_ok(pqt_reader_open_memory(buffer_view(&file.bytes), NULL, &reader, &error));
    const pqt_file_metadata *m = pqt_reader_metadata(reader);
    const pqt_column_chunk chunk = m->row_groups[0].columns[1];
    const int64_t begin = chunk.dictionary_page_offset >= 0 ? chunk.dictionary_page_offset
                                                            : chunk.data_page_offset;
    pqt_reader_close(reader);
    struct counted counted = {0};
    file.bytes.data[begin + chunk.compressed_bytes - 1] ^= 1;
    assert_int_equal(read_copy(file.bytes.data, file.bytes.size_bytes, &counted),
                     PQT_CORRUPT);
    random_file_free(&file);
}

static void every_failed_allocation_is_an_error(void **state)
{
    (void)state;
    static random_file file;
    uint64_t random = 28;
    make_small(&file, &random);
    struct counted all = {0};
    assert_int_equal(read_copy(file.bytes.data, file.bytes.size_bytes, &all), PQT_OK);
    assert_true(all.calls > 20);
    for (size_t n = 1; n <= all.calls; n++) {
        struct counted counted = {.fail_at = n};
        assert_int_equal(read_copy(file.bytes.data, file.bytes.size_bytes, &counted),
                         PQT_NOMEM);
    }
    random_file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_range_of_any_file_is_what_was_written),
        cmocka_unit_test(runs_are_the_values),
        cmocka_unit_test(wrong_places_are_refused),
        cmocka_unit_test(byte_ranges_are_all_that_is_read),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(checksums_find_changed_pages),
        cmocka_unit_test(every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
