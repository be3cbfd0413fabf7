#include "source/copy_binary.h"

#include "test_help.h"

enum { MOST = 8 };

struct seen {
    source_row rows[MOST];
    char paths[MOST][32];
    int count;
};

static pqt_status see(void *self, const source_row *row, pqt_error *error)
{
    (void)error;
    struct seen *seen = self;
    seen->rows[seen->count] = *row;
    memcpy(seen->paths[seen->count], row->path.data, row->path.size_bytes);
    seen->count++;
    return PQT_OK;
}

static void put_field(buffer *out, const void *bytes, size_t size)
{
    const uint8_t length[4] = {0, 0, 0, (uint8_t)size};
    assert_int_equal(buffer_append(out, length, 4, NULL), PQT_OK);
    assert_int_equal(buffer_append(out, bytes, size, NULL), PQT_OK);
}

static void put_integer(buffer *out, int64_t value, int width)
{
    uint8_t bytes[8];
    for (int i = 0; i < width; i++) bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    put_field(out, bytes, (size_t)width);
}

static void put_null(buffer *out)
{
    assert_int_equal(buffer_append(out, "\xff\xff\xff\xff", 4, NULL), PQT_OK);
}

static void put_header(buffer *out)
{
    assert_int_equal(buffer_append(out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19, NULL),
                     PQT_OK);
}

static void put_row(buffer *out, int64_t id, int64_t views, int32_t date, int width)
{
    assert_int_equal(buffer_append(out, "\0\10", 2, NULL), PQT_OK);
    put_integer(out, id, 8);
    put_integer(out, 3, 4);
    put_null(out);
    put_field(out, "/index.html", 11);
    put_null(out);
    put_integer(out, views, width);
    put_integer(out, date, 4);
    put_integer(out, 200, 2);
}

static pqt_status parse(pqt_view bytes, size_t piece, struct seen *seen, pqt_error *error)
{
    copy_binary parser = {.callback = see, .self = seen};
    pqt_status status = PQT_OK;
    for (size_t at = 0; at < bytes.size_bytes && status == PQT_OK; at += piece) {
        const size_t left = bytes.size_bytes - at;
        status = copy_binary_feed(
            &parser, view_of(bytes.data + at, left < piece ? left : piece), error);
    }
    if (status == PQT_OK) status = copy_binary_finish(&parser, error);
    copy_binary_free(&parser);
    return status;
}

static void copy_binary_reads_rows_in_pieces_of_any_size(void **state)
{
    (void)state;
    pqt_error error;
    buffer stream = {0};
    put_header(&stream);
    put_row(&stream, 1234567890123, 7, 0, 4);
    put_row(&stream, -5, -8, -20000, 8);
    assert_ok(buffer_append(&stream, "\377\377", 2, &error));
    for (size_t piece = 1; piece <= stream.size_bytes; piece++) {
        struct seen seen = {0};
        assert_ok(parse(buffer_view(&stream), piece, &seen, &error));
        assert_int_equal(seen.count, 2);
        assert_true(seen.rows[0].id == 1234567890123);
        assert_int_equal(seen.rows[0].date, 10957);
        assert_int_equal(seen.rows[0].project_id, 3);
        assert_false(seen.rows[0].has_version);
        assert_false(seen.rows[0].has_full_path);
        assert_string_equal(seen.paths[1], "/index.html");
        assert_int_equal(seen.rows[1].view_count, -8);
        assert_int_equal(seen.rows[1].status, 200);
    }
    for (size_t size = 0; size < stream.size_bytes; size++) {
        struct seen seen = {0};
        assert_int_equal(parse(view_of(stream.data, size), 1000, &seen, &error),
                         PQT_CORRUPT);
    }
    buffer_free(&stream);
}

static void copy_binary_refuses_values_by_id(void **state)
{
    (void)state;
    static const struct {
        int64_t views;
        int32_t date;
        pqt_status status;
        const char *part;
    } cases[] = {
        {INT64_C(2147483648), 0, PQT_LIMIT, "row with id 77: view_count is 2147483648"},
        {1, INT32_MAX, PQT_UNSUPPORTED, "row with id 77: date is infinite"},
        {1, INT32_MIN, PQT_UNSUPPORTED, "row with id 77: date is infinite"},
        {1, INT32_MAX - 5, PQT_LIMIT, "row with id 77: date"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        buffer stream = {0};
        struct seen seen = {0};
        put_header(&stream);
        put_row(&stream, 77, cases[i].views, cases[i].date, 8);
        assert_fails(parse(buffer_view(&stream), 1000, &seen, &error), cases[i].status,
                     cases[i].part);
        buffer_free(&stream);
    }
}

static void copy_binary_refuses_what_is_not_the_format(void **state)
{
    (void)state;
    pqt_error error;
    struct seen seen = {0};
    static const char wrong[] = "PGCOPY\n\377\r\r\0\0\0\0\0\0\0\0\0";
    static const char flags[] = "PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0";
    static const char fields[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\7";
    static const char large[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\10\100\0\0\1";
    static const char behind[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\377\377\377\377";
    assert_fails(parse(view_of(wrong, 19), 99, &seen, &error), PQT_CORRUPT, "signature");
    assert_fails(parse(view_of(flags, 19), 99, &seen, &error), PQT_CORRUPT, "flags");
    assert_fails(parse(view_of(fields, 21), 99, &seen, &error), PQT_CORRUPT, "number of");
    assert_fails(parse(view_of(large, 25), 99, &seen, &error), PQT_CORRUPT, "1 GiB");
    assert_fails(parse(view_of(behind, 23), 99, &seen, &error), PQT_CORRUPT, "behind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_binary_reads_rows_in_pieces_of_any_size),
        cmocka_unit_test(copy_binary_refuses_values_by_id),
        cmocka_unit_test(copy_binary_refuses_what_is_not_the_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
