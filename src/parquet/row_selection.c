#include "parquet/row_selection.h"

#include "base/alloc.h"
#include "parquet/bits.h"

void row_selection_clear(row_selection *s)
{
    s->count = 0;
    s->row_count = 0;
}

pqt_status row_selection_add(row_selection *s, row_range range, pqt_error *error)
{
    if (range.first >= range.end) return PQT_OK;
    s->row_count += range.end - range.first;
    if (s->count > 0 && s->ranges[s->count - 1].end == range.first) {
        s->ranges[s->count - 1].end = range.end;
        return PQT_OK;
    }
    void *array = s->ranges;
    if (alloc_grow(s->allocator, &array, &s->capacity, s->count + 1, sizeof range) != 0)
        return error_no_memory(error, (s->count + 1) * sizeof range);
    s->ranges = array;
    s->ranges[s->count++] = range;
    return PQT_OK;
}

pqt_status row_selection_intersect(const row_selection *a, const row_selection *b,
                                   row_selection *out, pqt_error *error)
{
    size_t i = 0, j = 0;
    row_selection_clear(out);
    while (i < a->count && j < b->count) {
        const row_range left = a->ranges[i], right = b->ranges[j];
        const row_range both = {left.first > right.first ? left.first : right.first,
                                left.end < right.end ? left.end : right.end};
        TRY(row_selection_add(out, both, error));
        if (left.end < right.end)
            i++;
        else
            j++;
    }
    return PQT_OK;
}

/* The first bit from `at` on that is `wanted`, at most `end`. */
static size_t find_bit(const uint8_t *bits, size_t at, size_t end, bool wanted)
{
    const uint8_t other = wanted ? 0 : 0xff;
    while (at < end && at % 8 != 0) {
        if (bits_get(bits, at) == wanted) return at;
        at++;
    }
    while (at + 8 <= end && bits[at / 8] == other) at += 8;
    while (at < end && bits_get(bits, at) != wanted) at++;
    return at;
}

pqt_status row_selection_filter(const row_selection *in, const uint8_t *bits,
                                row_selection *out, pqt_error *error)
{
    size_t begin = 0;
    row_selection_clear(out);
    for (size_t i = 0; i < in->count; i++) {
        const row_range rows = in->ranges[i];
        const size_t end = begin + (size_t)(rows.end - rows.first);
        size_t at = find_bit(bits, begin, end, true);
        while (at < end) {
            const size_t behind = find_bit(bits, at, end, false);
            const row_range found = {rows.first + (int64_t)(at - begin),
                                     rows.first + (int64_t)(behind - begin)};
            TRY(row_selection_add(out, found, error));
            at = find_bit(bits, behind, end, true);
        }
        begin = end;
    }
    return PQT_OK;
}

pqt_status row_selection_widen(const row_selection *in, int64_t gap_rows,
                               row_selection *out, pqt_error *error)
{
    row_selection_clear(out);
    for (size_t i = 0; i < in->count; i++) {
        row_range rows = in->ranges[i];
        const int64_t last = i ? in->ranges[i - 1].end : 0;
        if (i > 0 && rows.first - last <= gap_rows) rows.first = last;
        TRY(row_selection_add(out, rows, error));
    }
    return PQT_OK;
}

void row_selection_mark(const row_selection *in, const row_selection *wide, uint8_t *bits)
{
    int64_t begin = 0; /* bit of the wide range's first row */
    for (size_t i = 0, j = 0; i < in->count; i++) {
        while (in->ranges[i].first >= wide->ranges[j].end) {
            begin += wide->ranges[j].end - wide->ranges[j].first;
            j++;
        }
        const int64_t at = begin + in->ranges[i].first - wide->ranges[j].first;
        bits_set(bits, (size_t)at, (size_t)(in->ranges[i].end - in->ranges[i].first));
    }
}

void row_selection_free(row_selection *s)
{
    alloc_release(s->allocator, s->ranges);
    *s = (row_selection){.allocator = s->allocator};
}
