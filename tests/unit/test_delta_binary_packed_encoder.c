#include "parquet/delta_binary_packed_encoder.h"

#include "naive_decode.h"
#include "parquet/encoder.h"

static pqt_error error;
enum { MOST = 1500 };

static size_t assert_round_trip(const delta_values *input)
{
    static int64_t back[MOST];
    buffer out = {0};
    assert_ok(delta_encode(input, &out, &error));
    cursor c = cursor_of(buffer_view(&out));
    assert_int_equal(naive_delta(&c, back, MOST), input->count);
    assert_int_equal(cursor_left(&c), 0);
    for (size_t i = 0; i < input->count; i++) {
        if (input->type_bits == 32)
            assert_int_equal((int32_t)back[i], (int32_t)input->values[i]);
        else
            assert_int_equal(back[i], input->values[i]);
    }
    const size_t size_bytes = out.size_bytes;
    buffer_free(&out);
    return size_bytes;
}

/* Any numbers, small steps, and the ends of the type, which make deltas wrap. */
static int64_t random_value(uint64_t *seed, unsigned mood, unsigned bits, int64_t last)
{
    const uint64_t any = naive_random(seed);
    const int64_t lowest = bits == 32 ? INT32_MIN : INT64_MIN;
    const int64_t highest = bits == 32 ? INT32_MAX : INT64_MAX;
    if (mood == 0) return bits == 32 ? (int32_t)any : (int64_t)any;
    if (mood == 1) return any % 2 ? lowest : highest;
    if (mood == 2) return 1000 + (int64_t)(any % 100);
    const int64_t next = (int64_t)((uint64_t)last + any % 200);
    return bits == 32 ? (int32_t)next : next;
}

static void test_encode_random_values_round_trip(void **state)
{
    (void)state;
    static int64_t values[MOST];
    uint64_t seed = 3;
    for (unsigned turn = 0; turn < 320; turn++) {
        const unsigned bits = turn % 2 ? 32 : 64;
        const size_t count = naive_random(&seed) % (turn % 5 ? 300 : MOST);
        int64_t last = 0;
        for (size_t i = 0; i < count; i++)
            values[i] = last = random_value(&seed, turn / 4 % 4, bits, last);
        assert_round_trip(&(delta_values){values, count, bits,
                                          turn / 2 % 2 ? DELTA_ALIGNED : DELTA_TIGHT});
    }
}

/* Readers refuse widths above the type's. */
static void test_encode_i32_extremes_width_at_most_32(void **state)
{
    (void)state;
    int64_t values[129];
    for (int i = 0; i < 129; i++) values[i] = i % 2 ? INT32_MIN : INT32_MAX;
    values[1] = 0;
    buffer out = {0};
    const delta_values input = {values, 129, 32, DELTA_TIGHT};
    assert_ok(delta_encode(&input, &out, &error));
    cursor c = cursor_of(buffer_view(&out));
    for (int i = 0; i < 5; i++) naive_varint(&c);
    const uint8_t *widths = naive_take(&c, 4);
    for (int i = 0; i < 4; i++) assert_true(widths[i] <= 32);
    buffer_free(&out);
}

static void test_encode_steady_values_two_bytes_a_block(void **state)
{
    (void)state;
    int64_t values[1281];
    for (int i = 0; i < 1281; i++) values[i] = 10 * i;
    const delta_values tight = {values, 1281, 64, DELTA_TIGHT};
    const delta_values aligned = {values, 1281, 64, DELTA_ALIGNED};
    assert_true(assert_round_trip(&tight) <= 8 + 10 * 5);
    assert_true(assert_round_trip(&aligned) <= 8 + 10 * 5);
}

/* What the alignment is for: the same deltas are the same bytes in every block. */
static void test_encode_aligned_blocks_same_bytes(void **state)
{
    (void)state;
    static const int steps[] = {3, -2, 0, 7};
    int64_t values[1025] = {0};
    for (int i = 1; i < 1025; i++) values[i] = values[i - 1] + steps[i % 4];
    values[260] += 9; /* another smallest delta in the second block */
    buffer out = {0};
    const delta_values input = {values, 1025, 64, DELTA_ALIGNED};
    assert_ok(delta_encode(&input, &out, &error));
    const size_t block = (out.size_bytes - 6) / 4;
    const uint8_t *blocks = out.data + out.size_bytes - 4 * block;
    assert_memory_equal(blocks, blocks + 2 * block, block);
    assert_memory_equal(blocks + 16, blocks + block + 16, block - 16);
    buffer_free(&out);
}

static void test_encoder_int32_in_pieces_one_page(void **state)
{
    (void)state;
    const int32_t values[] = {5, -7, INT32_MAX, INT32_MIN, 0};
    encoder e;
    buffer out = {0};
    encoder_init(&e, encoder_find(PQT_DELTA_BINARY_PACKED, PQT_INT32), PQT_INT32, 0,
                 NULL);
    for (int page = 0; page < 2; page++) {
        int64_t back[5];
        buffer_clear(&out);
        assert_ok(e.kind->add(&e, values, 2, &error));
        assert_ok(e.kind->add(&e, values + 2, 3, &error));
        assert_ok(e.kind->finish(&e, &out, &error));
        cursor c = cursor_of(buffer_view(&out));
        assert_int_equal(naive_delta(&c, back, 5), 5);
        for (int i = 0; i < 5; i++) assert_int_equal((int32_t)back[i], values[i]);
    }
    buffer_free(&out);
    encoder_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode_random_values_round_trip),
        cmocka_unit_test(test_encode_i32_extremes_width_at_most_32),
        cmocka_unit_test(test_encode_steady_values_two_bytes_a_block),
        cmocka_unit_test(test_encode_aligned_blocks_same_bytes),
        cmocka_unit_test(test_encoder_int32_in_pieces_one_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
