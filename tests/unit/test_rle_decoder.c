#include "parquet/rle_decoder.h"

#include <stdlib.h>

#include "naive_encode.h"
#include "parquet/bit_unpack.h"

enum { MOST = 2000, ROUNDS = 400 };

static uint32_t mask_of(unsigned width)
{
    return width == 0 ? 0 : UINT32_MAX >> (32 - width);
}

/* Values that are runs and noise in turns. */
static void fill(uint32_t *values, size_t count, unsigned width, uint64_t *random)
{
    for (size_t at = 0; at < count;) {
        const size_t length = 1 + below(random, 60);
        const bool is_run = below(random, 2);
        const uint32_t value = (uint32_t)naive_random(random) & mask_of(width);
        for (size_t i = 0; i < length && at < count; i++)
            values[at++] =
                is_run ? value : (uint32_t)naive_random(random) & mask_of(width);
    }
}

/* Bytes in a block of exactly their size, so that reading behind them is seen. */
static pqt_view exact_copy(pqt_view bytes)
{
    uint8_t *copy = malloc(bytes.size_bytes ? bytes.size_bytes : 1);
    if (bytes.size_bytes) memcpy(copy, bytes.data, bytes.size_bytes);
    return view_of(copy, bytes.size_bytes);
}

static void read_and_compare(rle_decoder *d, const uint32_t *values, size_t count,
                             uint64_t *random)
{
    for (size_t at = 0; at < count;) {
        if (below(random, 4) == 0) {
            const size_t skipped = below(random, count - at + 1);
            assert_true(rle_skip(d, skipped));
            at += skipped;
            continue;
        }
        const size_t wanted = 1 + below(random, count - at);
        rle_piece piece;
        assert_true(rle_next(d, wanted, &piece));
        assert_in_range(piece.count, 1, wanted);
        for (size_t i = 0; i < piece.count; i++)
            assert_int_equal(piece.values ? piece.values[i] : piece.value,
                             values[at + i]);
        at += piece.count;
    }
}

static void hybrid_gives_back_what_was_encoded(void **state)
{
    (void)state;
    static uint32_t values[MOST];
    uint64_t random = 1;
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned width = (unsigned)round % 33;
        const size_t count = below(&random, MOST);
        buffer out = {0};
        fill(values, count, width, &random);
        put_hybrid(&out, values, count, width, &random);
        const pqt_view bytes = exact_copy(buffer_view(&out));
        rle_decoder d;
        rle_decoder_start(&d, bytes, width);
        read_and_compare(&d, values, count, &random);
        free((void *)(uintptr_t)bytes.data);
        buffer_free(&out);
    }
}

/* Cut bytes may end early, but give no wrong value before that, and read nothing behind.
 */
static void hybrid_that_is_cut_gives_a_beginning_or_ends(void **state)
{
    (void)state;
    uint32_t values[100];
    uint64_t random = 2;
    for (unsigned width = 0; width <= 32; width++) {
        buffer out = {0};
        fill(values, 100, width, &random);
        put_hybrid(&out, values, 100, width, &random);
        for (size_t size = 0; size < out.size_bytes; size++) {
            const pqt_view bytes = exact_copy(view_of(out.data, size));
            rle_decoder d;
            rle_piece piece;
            size_t at = 0;
            rle_decoder_start(&d, bytes, width);
            while (at < 100 && rle_next(&d, 100 - at, &piece)) at += piece.count;
            assert_true(at <= 100);
            free((void *)(uintptr_t)bytes.data);
        }
        buffer_free(&out);
    }
}

static void hybrid_refuses_nonsense(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        unsigned width;
    } cases[] = {
        {"", 0, 8},         /* nothing */
        {"\x00\x01", 2, 8}, /* a run of no values */
        {"\x01", 1, 8},     /* no groups */
        {"\x02", 1, 8},     /* a run without its value */
        {"\x03", 1, 8},     /* groups without bytes */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, 8}, /* a varint too long */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_view bytes = exact_copy(view_of(cases[i].bytes, cases[i].size));
        rle_decoder d;
        rle_piece piece = {0};
        rle_decoder_start(&d, bytes, cases[i].width);
        if (rle_next(&d, 10, &piece))
            fail_msg("case %zu gave %zu values", i, piece.count);
        free((void *)(uintptr_t)bytes.data);
    }
}

static void levels_above_the_most_are_refused(void **state)
{
    (void)state;
    uint64_t random = 3;
    uint32_t values[500];
    uint16_t levels[500];
    for (uint16_t max = 1; max < 40; max++) {
        const unsigned width = width_of(max);
        for (size_t i = 0; i < 500; i++) values[i] = (uint32_t)below(&random, max + 1u);
        for (int above = 0; above < 2; above++) {
            buffer out = {0};
            if (above) values[below(&random, 500)] = max + 1u;
            if (width_of(max + 1u) > width && above) break;
            put_hybrid(&out, values, 500, width, &random);
            rle_decoder d;
            rle_decoder_start(&d, buffer_view(&out), width);
            assert_int_equal(rle_decode_levels(&d, max, levels, 500), !above);
            for (size_t i = 0; !above && i < 500; i++)
                assert_int_equal(levels[i], values[i]);
            buffer_free(&out);
        }
    }
}

static void bits_are_those_of_the_values(void **state)
{
    (void)state;
    static uint32_t values[MOST];
    uint8_t bits[MOST / 8 + 9];
    uint64_t random = 4;
    for (int round = 0; round < ROUNDS; round++) {
        const size_t count = below(&random, MOST);
        buffer out = {0};
        fill(values, count, 1, &random);
        put_hybrid(&out, values, count, 1, &random);
        memset(bits, 0xaa, sizeof bits);
        rle_decoder d;
        rle_decoder_start(&d, buffer_view(&out), 1);
        assert_true(rle_decode_bits(&d, bits, count));
        for (size_t i = 0; i < (count + 7) / 8 * 8; i++)
            assert_int_equal(bits[i / 8] >> i % 8 & 1, i < count ? values[i] : 0);
        buffer_free(&out);
    }
}

static void unpacking_equals_a_bit_at_a_time(void **state)
{
    (void)state;
    uint64_t random = 5, given[64], unpacked[64];
    uint32_t unpacked32[64];
    for (unsigned width = 0; width <= 64; width++)
        for (size_t count = 8; count <= 64; count += 8) {
            buffer out = {0};
            for (size_t i = 0; i < count; i++)
                given[i] = width ? naive_random(&random) >> (64 - width) : 0;
            put_packed(&out, given, count, count, width);
            for (size_t cut = 0; cut <= out.size_bytes; cut += 1 + cut / 4) {
                const size_t size = out.size_bytes - cut;
                const pqt_view bytes = exact_copy(view_of(out.data, size));
                if (size < out.size_bytes) memset(out.data + size, 0, cut);
                bit_unpack_u64(bytes, count, width, unpacked);
                if (width <= 32) bit_unpack_u32(bytes, count, width, unpacked32);
                for (size_t i = 0; i < count; i++) {
                    const uint64_t wanted = naive_bits(out.data, i * width, width);
                    assert_true(unpacked[i] == wanted);
                    if (width <= 32) assert_true(unpacked32[i] == wanted);
                }
                free((void *)(uintptr_t)bytes.data);
            }
            buffer_free(&out);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hybrid_gives_back_what_was_encoded),
        cmocka_unit_test(hybrid_that_is_cut_gives_a_beginning_or_ends),
        cmocka_unit_test(hybrid_refuses_nonsense),
        cmocka_unit_test(levels_above_the_most_are_refused),
        cmocka_unit_test(bits_are_those_of_the_values),
        cmocka_unit_test(unpacking_equals_a_bit_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
