#include "archive/text_sort.h"

#include <stdio.h>
#include <stdlib.h>

#include "test_help.h"

enum { MOST = 3000, LONGEST = 64 };

/* Texts of the tests, made anew by each. */
struct texts {
    uint8_t bytes[MOST][LONGEST];
    size_t sizes[MOST];
    struct sorted_text sorted[MOST];
    size_t count;
};

static uint32_t state_of_random = 1;

static uint32_t next_random(uint32_t below)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (state_of_random >> 8) % below;
}

static pqt_view get_text(const void *self, uint32_t number)
{
    const struct texts *t = self;
    return view_of(t->bytes[number], t->sizes[number]);
}

/* Of the alphabet's first letters, which is small so that much is shared; 0 is a letter. */
static void fill(struct texts *t, size_t count, uint32_t letters, uint32_t longest)
{
    t->count = count;
    for (uint32_t i = 0; i < count; i++) {
        t->sizes[i] = next_random(longest + 1);
        for (size_t at = 0; at < t->sizes[i]; at++)
            t->bytes[i][at] = (uint8_t)(next_random(letters) * (letters > 2 ? 1 : 255));
        t->sorted[i] = (struct sorted_text){0, i};
    }
}

static void assert_sorted(const struct texts *t)
{
    static bool seen[MOST];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < t->count; i++) {
        const uint32_t number = t->sorted[i].number;
        assert_in_range(number, 0, t->count - 1);
        assert_false(seen[number]);
        seen[number] = true;
        if (i == 0) continue;
        assert_true(view_compare(get_text(t, t->sorted[i - 1].number),
                                 get_text(t, number)) <= 0);
    }
}

static void test_random_texts_come_out_in_order(void **state)
{
    (void)state;
    static struct texts t;
    static const uint32_t letters[] = {1, 2, 3, 10, 256};
    static const uint32_t longest[] = {0, 1, 7, 8, 9, 17, LONGEST};
    for (size_t l = 0; l < 5; l++)
        for (size_t n = 0; n < 7; n++)
            for (size_t count = 0; count < MOST; count = count * 3 + 1) {
                fill(&t, count, letters[l], longest[n]);
                text_sort(t.sorted, count, get_text, &t);
                assert_sorted(&t);
            }
}

static void test_long_shared_start_is_in_order(void **state)
{
    (void)state;
    static struct texts t;
    fill(&t, MOST, 3, LONGEST);
    for (size_t i = 0; i < MOST; i++) {
        if (t.sizes[i] < 50) t.sizes[i] = 50;
        memset(t.bytes[i], 'x', 50);
    }
    text_sort(t.sorted, MOST, get_text, &t);
    assert_sorted(&t);
}

/* Medians of three that are always second smallest: a plain quicksort would need a level
 * for every two texts. */
static void test_texts_that_divide_badly_are_in_order(void **state)
{
    (void)state;
    static struct texts t;
    t.count = MOST;
    for (uint32_t i = 0; i < MOST; i++) {
        const uint32_t half = MOST / 2;
        const uint32_t key = i < half ? (i % 2 ? half + i : i) : 2 * (i - half) + 1;
        t.sizes[i] = (size_t)snprintf((char *)t.bytes[i], LONGEST, "%07u", key);
        t.sorted[i] = (struct sorted_text){0, i};
    }
    text_sort(t.sorted, MOST, get_text, &t);
    assert_sorted(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_texts_come_out_in_order),
        cmocka_unit_test(test_long_shared_start_is_in_order),
        cmocka_unit_test(test_texts_that_divide_badly_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
