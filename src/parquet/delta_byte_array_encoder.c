#include "base/cursor.h"
#include "parquet/encoder.h"

/* Bytes that both begin with, compared eight at a time. */
static size_t common_prefix(pqt_view a, pqt_view b)
{
    const size_t shorter = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    if (a.data == b.data) return shorter;
    size_t at = 0;
    for (; at + 8 <= shorter; at += 8) {
        const uint64_t differ = load_u64le(a.data + at) ^ load_u64le(b.data + at);
        if (differ) return at + (size_t)__builtin_ctzll(differ) / 8;
    }
    while (at < shorter && a.data[at] == b.data[at]) at++;
    return at;
}

static pqt_status add_values(encoder *e, const void *values, size_t count,
                             pqt_error *error)
{
    const pqt_view *views = values;
    if (count == 0) return PQT_OK;
    TRY(buffer_reserve(&e->lengths, count * sizeof(int64_t), error));
    TRY(buffer_reserve(&e->prefix_lengths, count * sizeof(int64_t), error));
    int64_t *suffixes = (int64_t *)(void *)(e->lengths.data + e->lengths.size_bytes);
    int64_t *prefixes =
        (int64_t *)(void *)(e->prefix_lengths.data + e->prefix_lengths.size_bytes);
    pqt_view previous = buffer_view(&e->previous);
    for (size_t i = 0; i < count; i++) {
        const size_t prefix = common_prefix(previous, views[i]);
        const size_t suffix = views[i].size_bytes - prefix;
        prefixes[i] = (int64_t)prefix;
        suffixes[i] = (int64_t)suffix;
        if (suffix) TRY(buffer_append(&e->bytes, views[i].data + prefix, suffix, error));
        previous = views[i];
    }
    e->lengths.size_bytes += count * sizeof(int64_t);
    e->prefix_lengths.size_bytes += count * sizeof(int64_t);
    e->count += count;
    buffer_clear(&e->previous);
    return buffer_append(&e->previous, previous.data, previous.size_bytes, error);
}

static pqt_status finish_page(encoder *e, buffer *out, pqt_error *error)
{
    TRY(delta_encode_lengths(e, &e->prefix_lengths, out, error));
    TRY(delta_encode_lengths(e, &e->lengths, out, error));
    TRY(buffer_append(out, e->bytes.data, e->bytes.size_bytes, error));
    buffer_clear(&e->lengths);
    buffer_clear(&e->prefix_lengths);
    buffer_clear(&e->bytes);
    buffer_clear(&e->previous);
    e->count = 0;
    return PQT_OK;
}

const encoder_kind delta_byte_array_encoder = {
    .encoding = PQT_DELTA_BYTE_ARRAY,
    .types = 1u << PQT_BYTE_ARRAY | 1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .add = add_values,
    .finish = finish_page,
};
