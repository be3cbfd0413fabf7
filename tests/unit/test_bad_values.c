/* Values whose encoding lies, or cannot be what the column is. */
#include <errno.h>
#include <stdio.h>

#include "bad_input.h"
#include "pqt_arrow.h"

#define BYTES(text) view_of(text, sizeof(text) - 1)

/* A required column of one page without a dictionary. */
static made_file file_of(pqt_type type, int64_t encoding, int64_t count, pqt_view body)
{
    made_file f =
        made_file_of(type, PQT_REQUIRED, made_page_of(encoding, count, body), count);
    if (type == PQT_FIXED_LEN_BYTE_ARRAY) f.elements[1].type_length = 2;
    return f;
}

#define READ(type, encoding, count, bytes) \
    GOOD(file_of(PQT_##type, PQT_##encoding, count, BYTES(bytes)), (void)0)
#define REFUSE(type, encoding, count, bytes, words)                                      \
    MADE(file_of(PQT_##type, PQT_##encoding, count, BYTES(bytes)), (void)0, PQT_CORRUPT, \
         words)

static void plain_values_that_lie_are_refused(void **state)
{
    (void)state;
    READ(BYTE_ARRAY, PLAIN, 2, "\1\0\0\0a\0\0\0\0");
    REFUSE(BYTE_ARRAY, PLAIN, 2, "\1\0\0\0a\1\0\0\0", "bytes end at value 1 of 2");
    REFUSE(BYTE_ARRAY, PLAIN, 2, "\1\0\0\0a\0\0\0", "bytes end at value 1 of 2");
    REFUSE(BYTE_ARRAY, PLAIN, 1, "\xff\xff\xff\xff", "bytes end at value 0 of 1");
    REFUSE(BYTE_ARRAY, PLAIN, 1, "\xff\xff\xff\x7f", "bytes end at value 0 of 1");
    REFUSE(BYTE_ARRAY, PLAIN, 3, "\0\0\0\0\0\0\0\0", "8 bytes for 3 byte arrays");
    REFUSE(BYTE_ARRAY, PLAIN, 2147483647, "\0\0\0\0", "4 bytes for 2147483647");
    REFUSE(INT64, PLAIN, 2, "12345678", "8 bytes for 2 values of 8");
    REFUSE(INT96, PLAIN, 1, "12345678901", "11 bytes for 1 values of 12");
    REFUSE(FIXED_LEN_BYTE_ARRAY, PLAIN, 3, "12345", "5 bytes for 3 values of 2");
    REFUSE(BOOLEAN, PLAIN, 9, "\xff", "1 bytes for 9 booleans");
    REFUSE(DOUBLE, PLAIN, 2147483647, "12345678", "8 bytes for 2147483647 values");
    READ(INT32, PLAIN, 1, "1234 and more");
}

static void encodings_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    MADE(made_file_good(), page->encoding = 99, PQT_UNSUPPORTED, "values of encoding 99");
    MADE(made_file_good(), page->encoding = 1, PQT_UNSUPPORTED, "values of encoding 1");
    MADE(made_file_good(), page->encoding = -1, PQT_UNSUPPORTED, "values of encoding -1");
    MADE(made_file_good(), page->encoding = PQT_BIT_PACKED, PQT_UNSUPPORTED,
         "BIT_PACKED");
    REFUSE(INT32, RLE, 1, "\2\0\0\0\2\1", "RLE cannot hold INT32");
    REFUSE(BYTE_ARRAY, DELTA_BINARY_PACKED, 1, "", "cannot hold BYTE_ARRAY");
    REFUSE(INT64, DELTA_BYTE_ARRAY, 1, "", "cannot hold INT64");
    REFUSE(FLOAT, DELTA_LENGTH_BYTE_ARRAY, 1, "", "cannot hold FLOAT");
    REFUSE(BYTE_ARRAY, BYTE_STREAM_SPLIT, 1, "", "cannot hold BYTE_ARRAY");
}

static void booleans_that_lie_are_refused(void **state)
{
    (void)state;
    READ(BOOLEAN, RLE, 8, "\2\0\0\0\3\xaa");
    REFUSE(BOOLEAN, RLE, 8, "", "rle: 0 bytes of booleans in 0");
    REFUSE(BOOLEAN, RLE, 8, "\2\0\0", "booleans in 3");
    REFUSE(BOOLEAN, RLE, 8, "\3\0\0\0\3\xaa", "rle: 3 bytes of booleans in 6");
    REFUSE(BOOLEAN, RLE, 8, "\xff\xff\xff\xff\3\xaa", "rle: 4294967295 bytes");
    REFUSE(BOOLEAN, RLE, 9, "\2\0\0\0\3\xaa", "rle: ends 1 booleans early");
    REFUSE(BOOLEAN, RLE, 8, "\0\0\0\0\3\xaa", "rle: ends 8 booleans early");
}

/* A header: blocks of 128 values in 4 miniblocks. */
#define DELTA(total, first) "\x80\1\4" total first

static void deltas_that_lie_are_refused(void **state)
{
    (void)state;
    READ(INT32, DELTA_BINARY_PACKED, 1, DELTA("\1", "\2"));
    READ(INT32, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2") "\2\0\0\0\0");
    READ(INT32, DELTA_BINARY_PACKED, 2, DELTA("\2", "\2") "\2\1\0\0\0\1");
    /* Widths of miniblocks that are not there may be anything. */
    READ(INT32, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2") "\2\0\xff\xff\xff");
    /* Sums that wrap. */
    READ(INT64, DELTA_BINARY_PACKED, 3,
         DELTA("\3", "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1") "\2\0\0\0\0");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "", "delta: no header");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "\x80\1\4\3", "delta: no header");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3,
           "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1\4\3\2", "delta: no header");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "\0\4\3\2", "blocks of 0 values");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "\x80\1\0\3\2", "in 0 miniblocks");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "\x80\1\3\3\2", "128 values in 3 miniblocks");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "\x80\1\x08\3\2", "128 values in 8 miniblocks");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, "\x80\x80\x80\x80\x80\1\4\3\2", "blocks of");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, DELTA("\2", "\2") "\2\0\0\0\0",
           "3 values expected, 2 are left");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, DELTA("\0", "\2"), "3 values expected");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, DELTA("\x83\x80\x80\x80\x80\1", "\2"),
           "values in a page");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2"), "ends before a block");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2") "\2\0\0\0", "before a block");
    REFUSE(INT32, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2") "\2\x41\0\0\0 and more of it",
           "values of 65 bits");
    REFUSE(INT64, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2") "\2\xff\0\0\0 and more of it",
           "values of 255 bits");
    REFUSE(INT64, DELTA_BINARY_PACKED, 3, DELTA("\3", "\2") "\2\x40\0\0\0 too short",
           "miniblock of 16 bytes, 10 are left");
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    READ(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 2, DELTA("\2", "\4") "\0\0\0\0\0" "abcd");
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 2, "", "delta: no header");
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 3, DELTA("\2", "\4") "\0\0\0\0\0abcd",
           "2 lengths for 3 values");
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 1, DELTA("\2", "\4") "\0\0\0\0\0abcd",
           "2 lengths for 1 values");
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 2, DELTA("\2", "\4") "\0\0\0\0\0abc",
           "values of 4 bytes, 3 are left");
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 1, DELTA("\1", "\1"), "negative length");
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 2, DELTA("\2", "\4") "\5\0\0\0\0abcd",
           "negative length"); /* 2, then -1 */
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 1, DELTA("\1", "\xfe\xff\xff\xff\x0f"),
           "values of 2147483647 bytes");
    /* Lengths that add up to 2^32 and more. */
    REFUSE(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 3,
           DELTA("\3", "\xfe\xff\xff\xff\x0f") "\0\0\0\0\0abcd",
           "values of 6442450941 bytes");
}

static void prefixes_that_lie_are_refused(void **state)
{
    (void)state;
    /* "ab", "abc": prefixes 0 and 2, suffixes 2 and 1. */
    READ(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
         DELTA("\2", "\0") "\4\0\0\0\0" DELTA("\2", "\4") "\1\0\0\0\0" "abc");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2, "", "delta: no header");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2, DELTA("\2", "\0") "\4\0\0\0\0",
           "delta: no header");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 1, DELTA("\1", "\2") DELTA("\1", "\2") "a",
           "value 0 takes 1 bytes of the one before, which has 0");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
           DELTA("\2", "\0") "\6\0\0\0\0" DELTA("\2", "\4") "\1\0\0\0\0abc",
           "value 1 takes 3 bytes of the one before, which has 2");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
           DELTA("\2", "\0") "\1\0\0\0\0" DELTA("\2", "\4") "\1\0\0\0\0abc",
           "negative length");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
           DELTA("\2", "\0") "\4\0\0\0\0" DELTA("\2", "\4") "\1\0\0\0\0" "ab",
           "suffixes are longer than the page");
    REFUSE(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
           DELTA("\2", "\0") "\4\0\0\0\0" DELTA("\1", "\4") "abc",
           "1 lengths for 2 values");
    /* Values of a fixed width that have another. */
    READ(FIXED_LEN_BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
         DELTA("\2", "\0") "\2\0\0\0\0" DELTA("\2", "\4") "\1\0\0\0\0" "abc");
    REFUSE(FIXED_LEN_BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
           DELTA("\2", "\0") "\4\0\0\0\0" DELTA("\2", "\4") "\1\0\0\0\0" "abc",
           "value 1 has 3 bytes, expected 2");
    REFUSE(FIXED_LEN_BYTE_ARRAY, DELTA_BYTE_ARRAY, 1, DELTA("\1", "\0") DELTA("\1", "\0"),
           "value 0 has 0 bytes, expected 2");
}

static void split_streams_that_lie_are_refused(void **state)
{
    (void)state;
    READ(FLOAT, BYTE_STREAM_SPLIT, 2, "12345678");
    REFUSE(FLOAT, BYTE_STREAM_SPLIT, 2, "1234567", "7 bytes for 2 values of 4");
    REFUSE(FLOAT, BYTE_STREAM_SPLIT, 2, "123456789", "9 bytes for 2 values of 4");
    REFUSE(FLOAT, BYTE_STREAM_SPLIT, 2147483647, "1234", "4 bytes for 2147483647 values");
    REFUSE(FIXED_LEN_BYTE_ARRAY, BYTE_STREAM_SPLIT, 2, "12345", "5 bytes for 2 values");
}

static void codecs_that_lie_are_refused(void **state)
{
    (void)state;
    static const struct {
        pqt_codec codec;
        const char *bytes;
        size_t size_bytes;
        const char *words;
    } cases[] = {
        {PQT_SNAPPY, "", 0, "snappy"},
        {PQT_SNAPPY, "\x0c\x00", 2, "snappy: damaged"},
        {PQT_SNAPPY, "\xff\xff\xff\xff\x0f\x00", 6, "snappy gave 4294967295 bytes"},
        {PQT_GZIP, "", 0, "gzip"},
        {PQT_GZIP, "\x1f\x8b\x08\x00", 4, "gzip"},
        {PQT_ZSTD, "", 0, "zstd gave 0 bytes, expected 12"},
        {PQT_ZSTD, "\x28\xb5\x2f\xfd", 4, "zstd"},
        /* Contents of 2^63 bytes; a window of 2^41. */
        {PQT_ZSTD, "\x28\xb5\x2f\xfd\xc0\xf8\0\0\0\0\0\0\0\x80\1\0\0", 17, "zstd"},
        {PQT_ZSTD, "\x28\xb5\x2f\xfd\x00\xf8\x63\0\0abcdefghijkl", 21, ""},
        {PQT_BROTLI, "", 0, "brotli"},
        {PQT_BROTLI, "\xff\xff\xff", 3, "brotli: damaged"},
        {PQT_LZ4_RAW, "", 0, "lz4"},
        {PQT_LZ4_RAW, "\xf0\xff\xff\xff\xff", 5, "lz4"},
        {PQT_LZ4_HADOOP, "\xff\xff\xff\xff\0\0\0\1\0", 9, "lz4"},
        {PQT_LZ4_HADOOP, "\0\0\0\x0c\xff\xff\xff\xff\0", 9, "lz4"},
        {PQT_LZ4_HADOOP, "\0\0\0\x0c\0\0\0\0\0\0\0\0", 12, "lz4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CORRUPT((chunk->codec = cases[i].codec, page->uncompressed_bytes = 12,
                 page->body = view_of(cases[i].bytes, cases[i].size_bytes)),
                cases[i].words);
}

/* --- Texts --- */

/* "ok", then `text`, in a column of UTF-8. */
static made_file file_of_texts(const char *text, buffer *body)
{
    pqt_error error;
    uint8_t length[4];
    buffer_clear(body);
    assert_ok(buffer_append(body, "\2\0\0\0ok", 6, &error));
    store_u32le(length, (uint32_t)strlen(text));
    assert_ok(buffer_append(body, length, 4, &error));
    assert_ok(buffer_append_text(body, text, &error));
    made_file f = file_of(PQT_BYTE_ARRAY, PQT_PLAIN, 2, buffer_view(body));
    f.elements[1].converted = 0;
    return f;
}

/* The first batch as Arrow; what it holds is other tests' business. */
static int take_batch(const pqt_reader *reader, const pqt_arrow_options *options,
                      char *message, size_t size)
{
    pqt_error error;
    struct ArrowArrayStream stream;
    struct ArrowArray batch = {0};
    assert_ok(pqt_arrow_stream(reader, options, &stream, &error));
    const int failed = stream.get_next(&stream, &batch);
    snprintf(message, size, "%s", failed ? stream.get_last_error(&stream) : "");
    if (!failed) batch.release(&batch);
    stream.release(&stream);
    return failed;
}

static void texts_that_are_not_utf8_are_refused_as_arrow(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_valid;
    } cases[] = {{"plain", true},
                 {"\xc3\xa9t\xc3\xa9, na\xc3\xafve", true},
                 {"\xff", false},
                 {"caf\xe9", false},
                 {"cut \xc3", false},
                 {"\xed\xa0\x80", false},
                 {"\xc0\x80 overlong, and longer than what is in a view", false}};
    static const pqt_arrow_options styles[] = {
        {0}, {.large_types = true}, {.string_views = true}};
    buffer body = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[512];
        pqt_error error;
        pqt_reader *reader = NULL;
        made_file f = file_of_texts(cases[i].text, &body);
        assert_ok(pqt_reader_open_memory(made_file_write(&f), NULL, &reader, &error));
        for (size_t k = 0; k < sizeof styles / sizeof *styles; k++) {
            pqt_arrow_options options = styles[k];
            const int failed = take_batch(reader, &options, message, sizeof message);
            assert_int_equal(failed, cases[i].is_valid ? 0 : EIO);
            if (failed)
                assert_non_null(strstr(message, "of value 1 in a batch is not UTF-8"));
            options.unchecked_utf8 = true;
            assert_int_equal(take_batch(reader, &options, message, sizeof message), 0);
        }
        pqt_reader_close(reader);
        made_file_free(&f);
    }
    buffer_free(&body);
}

/* A text ends where its value does, also where both halves together would be valid. */
static void texts_are_valid_one_by_one(void **state)
{
    (void)state;
    char message[512];
    pqt_error error;
    pqt_reader *reader = NULL;
    made_file f =
        file_of(PQT_BYTE_ARRAY, PQT_PLAIN, 2, BYTES("\1\0\0\0\xc3\1\0\0\0\xa9"));
    f.elements[1].converted = 0;
    assert_ok(pqt_reader_open_memory(made_file_write(&f), NULL, &reader, &error));
    assert_int_equal(take_batch(reader, NULL, message, sizeof message), EIO);
    pqt_reader_close(reader);
    made_file_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_that_lie_are_refused),
        cmocka_unit_test(encodings_that_do_not_fit_are_refused),
        cmocka_unit_test(booleans_that_lie_are_refused),
        cmocka_unit_test(deltas_that_lie_are_refused),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(prefixes_that_lie_are_refused),
        cmocka_unit_test(split_streams_that_lie_are_refused),
        cmocka_unit_test(codecs_that_lie_are_refused),
        cmocka_unit_test(texts_that_are_not_utf8_are_refused_as_arrow),
        cmocka_unit_test(texts_are_valid_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
