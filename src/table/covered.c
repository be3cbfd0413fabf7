#include "table/covered.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/date.h"

/* One "first..last" or "day"; `text` advances behind it. */
static pqt_status parse_range(const char **text, covered_range *out, pqt_error *error)
{
    const char *at = *text;
    if (strlen(at) < 10) return PQT_CORRUPT;
    covered_range range;
    TRY(date_parse_iso(view_of(at, 10), &range.first, error));
    at += 10;
    range.last = range.first;
    if (strncmp(at, "..", 2) == 0) {
        if (strlen(at) < 12) return PQT_CORRUPT;
        TRY(date_parse_iso(view_of(at + 2, 10), &range.last, error));
        at += 12;
    }
    if (range.last < range.first || (*at != 0 && *at != ',')) return PQT_CORRUPT;
    *text = at;
    *out = range;
    return PQT_OK;
}

pqt_status covered_parse(const char *text, covered *out, pqt_error *error)
{
    covered parsed = {0};
    const char *at = text ? text : "";
    pqt_status status = PQT_OK;
    while (*at && status == PQT_OK) {
        covered_range range;
        status = parse_range(&at, &range, NULL);
        if (status != PQT_OK) break;
        status = covered_add(&parsed, range.first, range.last, error);
        if (*at == ',') at++;
    }
    if (status == PQT_OK) {
        *out = parsed;
        return PQT_OK;
    }
    covered_free(&parsed);
    if (status == PQT_NOMEM) return status;
    return error_set(error, PQT_CORRUPT,
                     "covered dates: expected ranges like 2026-01-01..2026-01-31, found "
                     "'%.60s'",
                     at);
}

pqt_status covered_write(const covered *c, buffer *out, pqt_error *error)
{
    for (size_t i = 0; i < c->count; i++) {
        char first[DATE_TEXT_BYTES], last[DATE_TEXT_BYTES];
        date_text(c->ranges[i].first, first);
        date_text(c->ranges[i].last, last);
        const char *comma = i ? "," : "";
        if (c->ranges[i].first == c->ranges[i].last)
            TRY(buffer_printf(out, error, "%s%s", comma, first));
        else
            TRY(buffer_printf(out, error, "%s%s..%s", comma, first, last));
    }
    TRY(buffer_append_u8(out, 0, error));
    out->size_bytes--;
    return PQT_OK;
}

/* Index of the first range that ends at `date` - 1 or later. */
static size_t find_from(const covered *c, int32_t date)
{
    size_t at = 0;
    while (at < c->count && (int64_t)c->ranges[at].last < (int64_t)date - 1) at++;
    return at;
}

pqt_status covered_add(covered *c, int32_t first, int32_t last, pqt_error *error)
{
    if (last < first)
        return error_set(error, PQT_INVALID,
                         "covered dates: a range that ends before it begins");
    const size_t at = find_from(c, first);
    size_t end = at;
    covered_range joined = {first, last};
    for (; end < c->count && (int64_t)c->ranges[end].first <= (int64_t)last + 1; end++) {
        if (c->ranges[end].first < joined.first) joined.first = c->ranges[end].first;
        if (c->ranges[end].last > joined.last) joined.last = c->ranges[end].last;
    }
    void *array = c->ranges;
    if (alloc_grow(NULL, &array, &c->capacity, c->count + 1, sizeof *c->ranges) != 0)
        return error_no_memory(error, (c->count + 1) * sizeof *c->ranges);
    c->ranges = array;
    memmove(c->ranges + at + 1, c->ranges + end, (c->count - end) * sizeof *c->ranges);
    c->ranges[at] = joined;
    c->count = at + 1 + (c->count - end);
    return PQT_OK;
}

bool covered_contains(const covered *c, int32_t date)
{
    return covered_missing(c, date, date) == 0;
}

int64_t covered_days(const covered *c)
{
    int64_t days = 0;
    for (size_t i = 0; i < c->count; i++)
        days += (int64_t)c->ranges[i].last - c->ranges[i].first + 1;
    return days;
}

int64_t covered_missing(const covered *c, int32_t first, int32_t last)
{
    int64_t missing = (int64_t)last - first + 1;
    for (size_t i = 0; i < c->count; i++) {
        const int64_t from = c->ranges[i].first > first ? c->ranges[i].first : first;
        const int64_t to = c->ranges[i].last < last ? c->ranges[i].last : last;
        if (to >= from) missing -= to - from + 1;
    }
    return missing;
}

void covered_free(covered *c)
{
    alloc_release(NULL, c->ranges);
    *c = (covered){0};
}
