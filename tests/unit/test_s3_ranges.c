#include "store/s3_ranges.h"

#include <stdlib.h>

#include "test_help.h"

enum { OBJECT_BYTES = 64 << 20, MOST_RANGES = 64 };

/* The plan's requests, as "first-end" and how many segments each fills. */
static void assert_plan(const pqt_byte_range *ranges, size_t count, const char *expected)
{
    pqt_error error;
    range_plan plan;
    buffer text = {0};
    uint8_t *outs[MOST_RANGES] = {0};
    assert_ok(range_plan_make(ranges, count, outs, OBJECT_BYTES, "x", &plan, &error));
    for (size_t i = 0; i < plan.piece_count; i++)
        assert_ok(buffer_printf(&text, &error, "%llu-%llu:%zu ",
                                (unsigned long long)plan.pieces[i].first_offset,
                                (unsigned long long)plan.pieces[i].end_offset,
                                plan.pieces[i].segment_count));
    assert_view_is(buffer_view(&text), expected);
    buffer_free(&text);
    range_plan_free(&plan);
}

static void ranges_that_are_near_are_one_request(void **state)
{
    (void)state;
    const uint64_t gap = RANGES_GAP_BYTES;
    assert_plan((pqt_byte_range[]){{0, 10}, {10, 10}, {100, 10}}, 3, "0-110:3 ");
    assert_plan((pqt_byte_range[]){{0, 10}, {10 + gap, 10}}, 2, "0-262164:2 ");
    assert_plan((pqt_byte_range[]){{0, 10}, {11 + gap, 10}}, 2,
                "0-10:1 262155-262165:1 ");
}

static void ranges_that_are_large_are_several_requests(void **state)
{
    (void)state;
    const uint64_t piece = RANGES_PIECE_BYTES;
    assert_plan((pqt_byte_range[]){{5, piece * 2 + 1}}, 1,
                "5-4194309:1 4194309-8388613:1 8388613-8388614:1 ");
    assert_plan((pqt_byte_range[]){{0, piece}, {piece, 1}}, 2,
                "0-4194304:1 "
                "4194304-4194305:1 ");
}

static void ranges_of_nothing_need_no_request(void **state)
{
    (void)state;
    assert_plan(NULL, 0, "");
    assert_plan((pqt_byte_range[]){{0, 0}, {OBJECT_BYTES, 0}}, 2, "");
}

static void ranges_outside_or_out_of_order_are_refused(void **state)
{
    (void)state;
    static const pqt_byte_range bad[][2] = {{{0, OBJECT_BYTES + 1}, {0, 0}},
                                            {{OBJECT_BYTES, 1}, {0, 0}},
                                            {{UINT64_MAX, 2}, {0, 0}},
                                            {{10, 10}, {5, 1}},
                                            {{10, 10}, {19, 1}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pqt_error error;
        range_plan plan;
        uint8_t *outs[2] = {0};
        assert_fails(range_plan_make(bad[i], 2, outs, OBJECT_BYTES, "x", &plan, &error),
                     PQT_IO, "x has");
        range_plan_free(&plan);
    }
}

/* Random ranges: the segments are the ranges, each in one request that contains it, and
 * requests are apart and of bounded size. */
static void ranges_at_random_are_covered_once(void **state)
{
    (void)state;
    srand(5);
    for (int turn = 0; turn < 300; turn++) {
        pqt_error error;
        range_plan plan;
        pqt_byte_range ranges[MOST_RANGES];
        uint8_t *outs[MOST_RANGES] = {0};
        const size_t count = 1 + (size_t)rand() % MOST_RANGES;
        uint64_t at = 0, wanted = 0, planned = 0, end = 0;
        for (size_t i = 0; i < count; i++) {
            at += (uint64_t)rand() % (turn % 2 ? 1000 : 400000);
            ranges[i] =
                (pqt_byte_range){at, (uint64_t)rand() % (turn % 3 ? 5000 : 600000)};
            at += ranges[i].size_bytes;
            wanted += ranges[i].size_bytes;
        }
        assert_ok(range_plan_make(ranges, count, outs, OBJECT_BYTES, "x", &plan, &error));
        for (size_t p = 0; p < plan.piece_count; p++) {
            const range_piece *piece = &plan.pieces[p];
            assert_true(piece->first_offset >= end);
            assert_true(piece->end_offset - piece->first_offset <= RANGES_PIECE_BYTES);
            end = piece->end_offset;
            for (size_t s = piece->segment; s < piece->segment + piece->segment_count;
                 s++) {
                const http_segment *segment = &plan.segments[s];
                assert_true(segment->offset >= piece->first_offset);
                assert_true(segment->offset + segment->size_bytes <= piece->end_offset);
                planned += segment->size_bytes;
            }
        }
        assert_int_equal(planned, wanted);
        range_plan_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_that_are_near_are_one_request),
        cmocka_unit_test(ranges_that_are_large_are_several_requests),
        cmocka_unit_test(ranges_of_nothing_need_no_request),
        cmocka_unit_test(ranges_outside_or_out_of_order_are_refused),
        cmocka_unit_test(ranges_at_random_are_covered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
