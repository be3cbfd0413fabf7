#include "archive/text_sort.h"

#include <string.h>

#include "base/view.h"

enum { FEW = 16, HEAD_BYTES = 8, LEVELS_MOST = 96 };

/* What is sorted: all texts of a range share their first `depth` bytes. */
struct sorting {
    text_getter get;
    const void *self;
};

static uint64_t load_head(pqt_view text, size_t depth)
{
    const size_t left = text.size_bytes - depth;
    uint8_t bytes[HEAD_BYTES] = {0};
    memcpy(bytes, text.data + depth, left < HEAD_BYTES ? left : HEAD_BYTES);
    uint64_t head = 0;
    for (int i = 0; i < HEAD_BYTES; i++) head = head << 8 | bytes[i];
    return head;
}

static void load_heads(const struct sorting *s, struct sorted_text *texts, size_t count,
                       size_t depth)
{
    for (size_t i = 0; i < count; i++)
        texts[i].head = load_head(s->get(s->self, texts[i].number), depth);
}

static bool is_before(const struct sorting *s, const struct sorted_text *a,
                      const struct sorted_text *b)
{
    if (a->head != b->head) return a->head < b->head;
    return view_compare(s->get(s->self, a->number), s->get(s->self, b->number)) < 0;
}

static void swap(struct sorted_text *a, struct sorted_text *b)
{
    const struct sorted_text kept = *a;
    *a = *b;
    *b = kept;
}

static void sort_few(const struct sorting *s, struct sorted_text *texts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct sorted_text text = texts[i];
        size_t at = i;
        for (; at > 0 && is_before(s, &text, &texts[at - 1]); at--)
            texts[at] = texts[at - 1];
        texts[at] = text;
    }
}

static void sift_down(const struct sorting *s, struct sorted_text *texts, size_t count,
                      size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_before(s, &texts[child], &texts[child + 1])) child++;
        if (!is_before(s, &texts[at], &texts[child])) return;
        swap(&texts[at], &texts[child]);
    }
}

/* For texts that divide badly, made so on purpose perhaps. */
static void sort_by_heap(const struct sorting *s, struct sorted_text *texts, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) sift_down(s, texts, count, i);
    for (size_t last = count; last-- > 1;) {
        swap(&texts[0], &texts[last]);
        sift_down(s, texts, last, 0);
    }
}

static uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c)
{
    if (a > b) return b > c ? b : a < c ? a : c;
    return a > c ? a : b < c ? b : c;
}

/* Heads below the pivot, equal to it, above it: [0, *below), [*below, *above), the rest.
 */
static void divide(struct sorted_text *texts, size_t count, size_t *below, size_t *above)
{
    const uint64_t pivot =
        middle_of(texts[0].head, texts[count / 2].head, texts[count - 1].head);
    size_t low = 0, at = 0, high = count;
    while (at < high) {
        if (texts[at].head < pivot)
            swap(&texts[low++], &texts[at++]);
        else if (texts[at].head > pivot)
            swap(&texts[at], &texts[--high]);
        else
            at++;
    }
    *below = low;
    *above = high;
}

/* Of texts with equal heads those that end in them come first, the shorter before the
 * longer: a longer one has zero bytes there. Returns how many ended. */
static size_t gather_ended(const struct sorting *s, struct sorted_text *texts,
                           size_t count, size_t depth)
{
    size_t ended = 0;
    for (size_t left = 0; left <= HEAD_BYTES; left++)
        for (size_t i = ended; i < count; i++)
            if (s->get(s->self, texts[i].number).size_bytes == depth + left)
                swap(&texts[i], &texts[ended++]);
    return ended;
}

static void sort_range(const struct sorting *s, struct sorted_text *texts, size_t count,
                       size_t depth, int levels)
{
    while (count > FEW) {
        if (levels-- == 0) {
            sort_by_heap(s, texts, count);
            return;
        }
        size_t below, above;
        divide(texts, count, &below, &above);
        sort_range(s, texts, below, depth, levels);
        sort_range(s, texts + above, count - above, depth, levels);
        texts += below;
        count = above - below;
        const size_t ended = gather_ended(s, texts, count, depth);
        texts += ended;
        count -= ended;
        depth += HEAD_BYTES;
        load_heads(s, texts, count, depth);
    }
    sort_few(s, texts, count);
}

void text_sort(struct sorted_text *texts, size_t count, text_getter get, const void *self)
{
    const struct sorting s = {get, self};
    load_heads(&s, texts, count, 0);
    sort_range(&s, texts, count, 0, LEVELS_MOST);
}
