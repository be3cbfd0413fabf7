#include "parquet/prune.h"

#include "parquet/page_header.h"

/* --- Bounds --- */

static bool is_sound(const predicate *p, pqt_view limit)
{
    return limit.data && value_has_size(p->order, p->node, limit) &&
           !value_is_nan(p->order, limit);
}

/* Drops limits that say nothing, one by one or, where they contradict, both. */
static value_bounds without_nonsense(const predicate *p, value_bounds bounds)
{
    const bool has_nan =
        (bounds.min.data && value_has_size(p->order, p->node, bounds.min) &&
         value_is_nan(p->order, bounds.min)) ||
        (bounds.max.data && value_has_size(p->order, p->node, bounds.max) &&
         value_is_nan(p->order, bounds.max));
    if (has_nan || !is_sound(p, bounds.min)) bounds.min = (pqt_view){0};
    if (has_nan || !is_sound(p, bounds.max)) bounds.max = (pqt_view){0};
    if (bounds.min.data && bounds.max.data &&
        value_compare(p->order, bounds.min, bounds.max) > 0)
        bounds.min = bounds.max = (pqt_view){0};
    return bounds;
}

/* How the value lies to what is between the limits: below, maybe within, above. */
static int place_of(const predicate *p, const value_bounds *b, pqt_view value)
{
    if (b->min.data && value_compare(p->order, value, b->min) < 0) return -1;
    if (b->max.data && value_compare(p->order, value, b->max) > 0) return 1;
    return 0;
}

static bool may_be_in(const predicate *p, const value_bounds *b)
{
    for (size_t i = 0; i < p->value_count; i++)
        if (place_of(p, b, p->values[i]) == 0) return true;
    return false;
}

/* All values are the one value: only of integers, whose limits are never cut and which
 * have no NaN beside them. */
static bool is_only(const predicate *p, const value_bounds *b)
{
    return p->order <= VALUE_UINT64 && b->min.data && b->max.data &&
           value_equal(p->order, b->min, p->values[0]) &&
           value_equal(p->order, b->max, p->values[0]);
}

static bool may_compare(const predicate *p, const value_bounds *b)
{
    if (p->comparison == PQT_IN) return may_be_in(p, b);
    if (p->value_count == 0) return p->comparison == PQT_NOT_EQUAL;
    const pqt_view value = p->values[0];
    const int place = place_of(p, b, value);
    switch (p->comparison) {
    case PQT_EQUAL:
        return place == 0;
    case PQT_NOT_EQUAL:
        return !is_only(p, b);
    case PQT_LESS:
        return !b->min.data || value_compare(p->order, b->min, value) < 0;
    case PQT_LESS_OR_EQUAL:
        return place >= 0;
    case PQT_GREATER:
        return !b->max.data || value_compare(p->order, b->max, value) > 0;
    default:
        return place <= 0;
    }
}

bool prune_by_bounds(const predicate *p, const value_bounds *bounds)
{
    const bool has_nulls =
        p->node->max_definition_level > 0 && (bounds->null_count != 0 || bounds->is_null);
    const bool is_null = bounds->is_null || (bounds->value_count > 0 &&
                                             bounds->null_count == bounds->value_count);
    if (p->comparison == PQT_IS_NULL) return has_nulls;
    if (has_nulls && is_null) return false;
    if (p->comparison == PQT_IS_NOT_NULL) return true;
    const value_bounds sound = without_nonsense(p, *bounds);
    return may_compare(p, &sound);
}

value_bounds prune_chunk_bounds(const pqt_column_chunk *chunk)
{
    const pqt_statistics *s = &chunk->statistics;
    const bool has_order = chunk->order != PQT_ORDER_UNDEFINED;
    return (value_bounds){.min = has_order ? s->min_value : (pqt_view){0},
                          .max = has_order ? s->max_value : (pqt_view){0},
                          .null_count = s->null_count,
                          .value_count = chunk->value_count};
}

value_bounds prune_page_bounds(const pqt_column_chunk *chunk, const pqt_page_index *index,
                               int32_t page, int64_t row_count)
{
    const bool has_limits =
        chunk->order != PQT_ORDER_UNDEFINED && !index->null_pages[page];
    return (value_bounds){
        .min = has_limits ? index->min_values[page] : (pqt_view){0},
        .max = has_limits ? index->max_values[page] : (pqt_view){0},
        .null_count = index->null_counts ? index->null_counts[page] : -1,
        .value_count = row_count,
        .is_null = index->null_pages[page]};
}

/* --- Dictionary --- */

static bool is_code(pqt_encoding encoding)
{
    return encoding == PQT_RLE_DICTIONARY || encoding == PQT_PLAIN_DICTIONARY;
}

static bool are_pages_coded(const pqt_column_chunk *chunk)
{
    bool has_data = false;
    for (int32_t i = 0; i < chunk->encoding_stats_count; i++) {
        const pqt_encoding_stats *stats = &chunk->encoding_stats[i];
        const bool is_data =
            stats->page_type == PAGE_DATA || stats->page_type == PAGE_DATA_V2;
        if (!is_data || stats->count <= 0) continue;
        if (!is_code(stats->encoding)) return false;
        has_data = true;
    }
    return has_data;
}

/*
 * Without PageEncodingStats the list of encodings tells only where PLAIN_DICTIONARY,
 * which old writers used for dictionary and data pages alike, is all but those of levels.
 */
bool prune_is_coded(const pqt_column_chunk *chunk)
{
    bool has_codes = false;
    if (chunk->encoding_stats_count > 0) return are_pages_coded(chunk);
    for (int32_t i = 0; i < chunk->encoding_count; i++) {
        const pqt_encoding encoding = chunk->encodings[i];
        if (encoding == PQT_PLAIN_DICTIONARY)
            has_codes = true;
        else if (encoding != PQT_RLE && encoding != PQT_BIT_PACKED)
            return false;
    }
    return has_codes;
}
