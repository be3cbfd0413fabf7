/* The encoders of values, each against the plainest decoder. */
#include "parquet/encoder.h"

#include "naive_decode.h"

static pqt_error error;
enum { MOST = 800 };

/* Texts that share beginnings, repeat, and are empty. */
static size_t make_texts(uint64_t *seed, pqt_view *views, uint8_t *memory)
{
    const size_t count = naive_random(seed) % MOST;
    for (size_t i = 0; i < count; i++) {
        const uint64_t any = naive_random(seed);
        if (i > 0 && any % 4 == 0) {
            views[i] = views[i - 1];
            continue;
        }
        const size_t shared = i ? any / 8 % (views[i - 1].size_bytes + 1) : 0;
        const size_t fresh = any / 1024 % 30;
        if (shared) memcpy(memory, views[i - 1].data, shared);
        for (size_t k = 0; k < fresh; k++)
            memory[shared + k] = (uint8_t)naive_random(seed);
        views[i] = view_of(memory, shared + fresh);
        memory += shared + fresh;
    }
    return count;
}

/* Encodes in two pieces. */
static void encode(pqt_encoding encoding, const pqt_view *views, size_t count,
                   buffer *out)
{
    encoder e;
    encoder_init(&e, encoder_find(encoding, PQT_BYTE_ARRAY), PQT_BYTE_ARRAY, 0, NULL);
    e.is_compressed = count % 2;
    assert_ok(e.kind->add(&e, views, count / 3, &error));
    assert_ok(e.kind->add(&e, views + count / 3, count - count / 3, &error));
    assert_ok(e.kind->finish(&e, out, &error));
    assert_int_equal(e.count, 0);
    encoder_free(&e);
}

static void decode_plain(cursor *c, const pqt_view *views, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t length = 0;
        assert_true(cursor_u32le(c, &length));
        assert_true(view_equal(view_of(naive_take(c, length), length), views[i]));
    }
}

static void decode_lengths(cursor *c, const pqt_view *views, size_t count)
{
    int64_t lengths[MOST];
    assert_int_equal(naive_delta(c, lengths, MOST), count);
    for (size_t i = 0; i < count; i++) {
        const size_t length = (size_t)lengths[i];
        assert_true(view_equal(view_of(naive_take(c, length), length), views[i]));
    }
}

static void decode_prefixes(cursor *c, const pqt_view *views, size_t count)
{
    int64_t prefixes[MOST], suffixes[MOST];
    assert_int_equal(naive_delta(c, prefixes, MOST), count);
    assert_int_equal(naive_delta(c, suffixes, MOST), count);
    for (size_t i = 0; i < count; i++) {
        const size_t prefix = (size_t)prefixes[i], suffix = (size_t)suffixes[i];
        assert_int_equal(prefix + suffix, views[i].size_bytes);
        if (i == 0) assert_int_equal(prefix, 0);
        if (prefix) assert_memory_equal(views[i - 1].data, views[i].data, prefix);
        const uint8_t *bytes = naive_take(c, suffix);
        if (suffix) assert_memory_equal(bytes, views[i].data + prefix, suffix);
    }
}

static void test_byte_arrays_each_encoding_round_trip(void **state)
{
    (void)state;
    static const struct {
        pqt_encoding encoding;
        void (*decode)(cursor *c, const pqt_view *views, size_t count);
    } cases[] = {
        {PQT_PLAIN, decode_plain},
        {PQT_DELTA_LENGTH_BYTE_ARRAY, decode_lengths},
        {PQT_DELTA_BYTE_ARRAY, decode_prefixes},
    };
    static uint8_t memory[MOST * (MOST + 30)];
    pqt_view views[MOST];
    uint64_t seed = 11;
    for (size_t turn = 0; turn < 90; turn++) {
        const size_t count = make_texts(&seed, views, memory);
        buffer out = {0};
        encode(cases[turn % 3].encoding, views, count, &out);
        cursor c = cursor_of(buffer_view(&out));
        cases[turn % 3].decode(&c, views, count);
        assert_int_equal(cursor_left(&c), 0);
        buffer_free(&out);
    }
}

/* The longest common prefix must be found at every distance from a multiple of 8. */
static void test_delta_byte_array_prefix_longest(void **state)
{
    (void)state;
    for (size_t shared = 0; shared < 40; shared++) {
        uint8_t a[40], b[40];
        memset(a, 'x', sizeof a);
        memcpy(b, a, sizeof b);
        b[shared] = 'y';
        const pqt_view views[] = {view_of(a, 40), view_of(b, 40)};
        buffer out = {0};
        encode(PQT_DELTA_BYTE_ARRAY, views, 2, &out);
        cursor c = cursor_of(buffer_view(&out));
        int64_t prefixes[2];
        naive_delta(&c, prefixes, 2);
        assert_int_equal(prefixes[1], shared);
        buffer_free(&out);
    }
}

static void test_byte_stream_split_doubles_by_byte(void **state)
{
    (void)state;
    const double values[] = {1.5, -2.25, 1e300};
    encoder e;
    buffer out = {0};
    encoder_init(&e, encoder_find(PQT_BYTE_STREAM_SPLIT, PQT_DOUBLE), PQT_DOUBLE, 0,
                 NULL);
    assert_ok(e.kind->add(&e, values, 3, &error));
    assert_ok(e.kind->finish(&e, &out, &error));
    assert_int_equal(out.size_bytes, sizeof values);
    const uint8_t *bytes = (const uint8_t *)values;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 8; k++)
            assert_int_equal(out.data[k * 3 + i], bytes[i * 8 + k]);
    buffer_free(&out);
    encoder_free(&e);
}

static void test_plain_booleans_in_pieces_bits(void **state)
{
    (void)state;
    const uint8_t values[] = {1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 1};
    encoder e;
    buffer out = {0};
    encoder_init(&e, encoder_find(PQT_PLAIN, PQT_BOOLEAN), PQT_BOOLEAN, 0, NULL);
    assert_ok(e.kind->add(&e, values, 3, &error));
    assert_ok(e.kind->add(&e, values + 3, 8, &error));
    assert_ok(e.kind->finish(&e, &out, &error));
    assert_int_equal(out.size_bytes, 2);
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(naive_bits(out.data, i, 1), values[i]);
    buffer_free(&out);
    encoder_free(&e);
}

static void test_rle_booleans_length_before(void **state)
{
    (void)state;
    uint8_t values[100];
    uint32_t back[100];
    for (int i = 0; i < 100; i++) values[i] = i < 60 || i % 3 == 0;
    encoder e;
    buffer out = {0};
    encoder_init(&e, encoder_find(PQT_RLE, PQT_BOOLEAN), PQT_BOOLEAN, 0, NULL);
    assert_ok(e.kind->add(&e, values, 100, &error));
    assert_ok(e.kind->finish(&e, &out, &error));
    cursor c = cursor_of(buffer_view(&out));
    uint32_t length = 0;
    assert_true(cursor_u32le(&c, &length));
    assert_int_equal(length, cursor_left(&c));
    assert_true(naive_rle(&c, 1, 100, back) > 0);
    for (int i = 0; i < 100; i++) assert_int_equal(back[i], values[i]);
    buffer_free(&out);
    encoder_free(&e);
}

static void test_find_wrong_type_none(void **state)
{
    (void)state;
    assert_null(encoder_find(PQT_DELTA_BYTE_ARRAY, PQT_INT32));
    assert_null(encoder_find(PQT_RLE, PQT_INT32));
    assert_null(encoder_find(PQT_BYTE_STREAM_SPLIT, PQT_BYTE_ARRAY));
    assert_null(encoder_find(PQT_PLAIN, PQT_INT96));
    assert_null(encoder_find(PQT_RLE_DICTIONARY, PQT_INT32));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_byte_arrays_each_encoding_round_trip),
        cmocka_unit_test(test_delta_byte_array_prefix_longest),
        cmocka_unit_test(test_byte_stream_split_doubles_by_byte),
        cmocka_unit_test(test_plain_booleans_in_pieces_bits),
        cmocka_unit_test(test_rle_booleans_length_before),
        cmocka_unit_test(test_find_wrong_type_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
