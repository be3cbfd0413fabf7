/* DELTA_BYTE_ARRAY: what a value shares with the one before, then the rest
 * (Encodings.md). */
#include "parquet/copy_ahead.h"
#include "parquet/decoder.h"

static const int32_t *lengths_of(const buffer *b)
{
    return (const int32_t *)(const void *)b->data;
}

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    d->count = count;
    d->at = 0;
    d->in = (cursor){0};
    d->previous = (pqt_view){0};
    if (count == 0) return PQT_OK;
    pqt_view suffixes = {0}, rest = {0};
    uint64_t sum = 0;
    TRY(delta_decode_lengths(d, bytes, &d->prefix_lengths, &suffixes, &sum, error));
    TRY(delta_decode_lengths(d, suffixes, &d->lengths, &rest, &sum, error));
    if (sum > rest.size_bytes)
        return error_set(error, PQT_CORRUPT, "delta: suffixes are longer than the page");
    d->in = cursor_of(rest);
    return PQT_OK;
}

/* Says what is wrong with the first of the next values that does not fit. */
static pqt_status report_value(const decoder *d, pqt_error *error)
{
    const int32_t *prefixes = lengths_of(&d->prefix_lengths);
    const int32_t *suffixes = lengths_of(&d->lengths);
    size_t previous = d->previous.size_bytes, at = d->at;
    for (;; at++) {
        const size_t prefix = (size_t)prefixes[at], size = prefix + (size_t)suffixes[at];
        if (prefix > previous) break;
        if (d->value_bytes && size != d->value_bytes)
            return error_set(error, PQT_CORRUPT,
                             "delta: value %zu has %zu bytes, expected %zu", at, size,
                             d->value_bytes);
        previous = size;
    }
    return error_set(error, PQT_CORRUPT,
                     "delta: value %zu takes %d bytes of the one before, which has %zu",
                     at, (int)prefixes[at], previous);
}

/*
 * Bytes that the next `count` values are made into: a value that is the one before takes
 * none. Checks prefixes against the values before, so that the copying need not. Lengths
 * are not negative, so that a sum of two fits an unsigned number of 32 bits.
 */
static pqt_status measure(const decoder *d, size_t count, size_t *size_bytes,
                          pqt_error *error)
{
    const int32_t *prefixes = lengths_of(&d->prefix_lengths) + d->at;
    const int32_t *suffixes = lengths_of(&d->lengths) + d->at;
    uint64_t total = 0;
    bool fits = true;
    uint32_t previous = (uint32_t)d->previous.size_bytes;
    for (size_t i = 0; i < count; i++) {
        const uint32_t prefix = (uint32_t)prefixes[i], suffix = (uint32_t)suffixes[i];
        fits &= prefix <= previous;
        fits &= !d->value_bytes || prefix + suffix == d->value_bytes;
        total += suffix > 0 || prefix < previous ? prefix + suffix : 0;
        previous = prefix + suffix;
    }
    if (!fits) return report_value(d, error);
    if (total > d->limit_bytes)
        return error_set(error, PQT_LIMIT,
                         "delta: the values of a page need more than %zu bytes",
                         d->limit_bytes);
    *size_bytes = (size_t)total;
    return PQT_OK;
}

/* Without reading behind `readable_end`. */
static inline void copy_until(uint8_t *out, const uint8_t *in, size_t size_bytes,
                              const uint8_t *readable_end)
{
    if (readable_end - in >= COPY_STEP_BYTES)
        copy_ahead(out, in, size_bytes);
    else if (size_bytes)
        memcpy(out, in, size_bytes);
}

static bool is_kept(const decoder *d)
{
    return d->previous.data && d->previous.data == d->previous_bytes.data;
}

/* A block for `size_bytes` of values; a value that was kept is copied to its start, as
 * views must not show what the next skip overwrites. */
static pqt_status take_block(decoder *d, size_t size_bytes, uint8_t **to,
                             const uint8_t **end, pqt_error *error)
{
    const size_t kept = is_kept(d) ? d->previous.size_bytes : 0;
    TRY(block_pool_take(d->blocks, size_bytes + kept, to, error));
    *end = *to + kept + size_bytes + BLOCK_SLACK_BYTES;
    if (!is_kept(d)) return PQT_OK;
    memcpy(*to, d->previous.data, kept);
    d->previous.data = *to;
    *to += kept;
    return PQT_OK;
}

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    size_t size_bytes;
    uint8_t *to;
    const uint8_t *to_end;
    if (count == 0) return PQT_OK;
    TRY(measure(d, count, &size_bytes, error));
    TRY(take_block(d, size_bytes, &to, &to_end, error));
    const int32_t *prefixes = lengths_of(&d->prefix_lengths) + d->at;
    const int32_t *suffixes = lengths_of(&d->lengths) + d->at;
    const uint8_t *from = d->in.at;
    pqt_view previous = d->previous;
    pqt_view *views = out;
    /* The value before may be in another block: its end is the only safe bound. */
    const uint8_t *previous_end =
        previous.data ? previous.data + previous.size_bytes : NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t prefix = (size_t)prefixes[i];
        const size_t suffix = (size_t)suffixes[i];
        if (suffix > 0 || prefix < previous.size_bytes || !previous.data) {
            copy_until(to, previous.data, prefix, previous_end);
            copy_until(to + prefix, from, suffix, d->in.end);
            previous = (pqt_view){to, prefix + suffix};
            previous_end = to_end;
            to += prefix + suffix;
            from += suffix;
        }
        views[i] = previous;
    }
    d->in.at = from;
    d->previous = previous;
    d->at += count;
    return PQT_OK;
}

/* The last value that was given out, where skipping builds the next ones. */
static pqt_status keep_previous(decoder *d, pqt_error *error)
{
    const pqt_view previous = d->previous;
    if (is_kept(d)) return PQT_OK;
    buffer_clear(&d->previous_bytes);
    TRY(buffer_append(&d->previous_bytes, previous.data, previous.size_bytes, error));
    d->previous = buffer_view(&d->previous_bytes);
    return PQT_OK;
}

/* Only the last value is made: the bytes of those before it are passed over. */
static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    size_t ignored;
    pqt_error limit;
    if (count == 0) return PQT_OK;
    const pqt_status status = measure(d, count, &ignored, &limit);
    if (status != PQT_OK && status != PQT_LIMIT)
        return error_set(error, status, "%s", limit.message);
    const int32_t *prefixes = lengths_of(&d->prefix_lengths);
    const int32_t *suffixes = lengths_of(&d->lengths);
    TRY(keep_previous(d, error));
    for (; count > 0; count--, d->at++) {
        pqt_view suffix;
        if ((size_t)prefixes[d->at] > d->previous_bytes.size_bytes ||
            !cursor_bytes(&d->in, (size_t)suffixes[d->at], &suffix))
            return error_set(error, PQT_CORRUPT, "delta: value %zu does not fit the page",
                             d->at);
        TRY(buffer_resize(&d->previous_bytes, (size_t)prefixes[d->at], error));
        TRY(buffer_append(&d->previous_bytes, suffix.data, suffix.size_bytes, error));
    }
    d->previous = buffer_view(&d->previous_bytes);
    return PQT_OK;
}

const decoder_kind delta_byte_array_decoder = {
    .types = 1u << PQT_BYTE_ARRAY | 1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .start = start,
    .decode = decode,
    .skip = skip,
    .settle = keep_previous,
};
