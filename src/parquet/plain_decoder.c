/* PLAIN (Encodings.md). */
#include "base/checked.h"
#include "parquet/bits.h"
#include "parquet/decoder.h"
#include "parquet/values.h"

static pqt_status report_short(const decoder *d, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT,
                     "plain: bytes end at value %zu of %zu (%zu bytes left)", d->at,
                     d->count, cursor_left(&d->in));
}

/* Fixed width. */
static pqt_status start_fixed(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    size_t needed;
    if (!checked_multiply(count, d->value_bytes, &needed) || needed > bytes.size_bytes)
        return error_set(error, PQT_CORRUPT,
                         "plain: %zu bytes for %zu values of %zu bytes", bytes.size_bytes,
                         count, d->value_bytes);
    d->in = cursor_of(bytes);
    return PQT_OK;
}

static pqt_status decode_fixed(decoder *d, void *out, size_t count, pqt_error *error)
{
    (void)error;
    pqt_view bytes;
    if (!cursor_bytes(&d->in, count * d->value_bytes, &bytes))
        return report_short(d, error);
    if (values_slot_bytes(d->type) == d->value_bytes && d->type != PQT_INT96 &&
        d->type != PQT_FIXED_LEN_BYTE_ARRAY) {
        if (count) memcpy(out, bytes.data, bytes.size_bytes);
        return PQT_OK;
    }
    pqt_view *views = out;
    for (size_t i = 0; i < count; i++)
        views[i] = (pqt_view){bytes.data + i * d->value_bytes, d->value_bytes};
    return PQT_OK;
}

static pqt_status skip_fixed(decoder *d, size_t count, pqt_error *error)
{
    return cursor_skip(&d->in, count * d->value_bytes) ? PQT_OK : report_short(d, error);
}

const decoder_kind plain_decoder = {
    .types = 1u << PQT_INT32 | 1u << PQT_INT64 | 1u << PQT_INT96 | 1u << PQT_FLOAT |
             1u << PQT_DOUBLE | 1u << PQT_FIXED_LEN_BYTE_ARRAY,
    .start = start_fixed,
    .decode = decode_fixed,
    .skip = skip_fixed,
    .shows_page = true,
};

/* BYTE_ARRAY: a length in 4 bytes, then the bytes. */
static pqt_status start_byte_array(decoder *d, pqt_view bytes, size_t count,
                                   pqt_error *error)
{
    if (count > bytes.size_bytes / 4)
        return error_set(error, PQT_CORRUPT, "plain: %zu bytes for %zu byte arrays",
                         bytes.size_bytes, count);
    d->in = cursor_of(bytes);
    d->count = count;
    d->at = 0;
    return PQT_OK;
}

/* The walk from length to length waits for memory where values are longer than a cache
 * line: what is some values ahead is asked for, as many bytes as were passed. */
static inline void ask_ahead(const uint8_t *at, size_t size_bytes)
{
    enum { LINE_BYTES = 64, AHEAD_BYTES = 2048, MOST_BYTES = 1024 };
    if (size_bytes > MOST_BYTES) return;
    for (size_t i = LINE_BYTES; i < size_bytes; i += LINE_BYTES)
        __builtin_prefetch((const void *)((uintptr_t)at + AHEAD_BYTES + i));
}

static pqt_status decode_byte_array(decoder *d, void *out, size_t count, pqt_error *error)
{
    pqt_view *views = out;
    const uint8_t *at = d->in.at;
    for (size_t i = 0; i < count; i++) {
        const size_t left = (size_t)(d->in.end - at);
        const size_t size_bytes = left < 4 ? SIZE_MAX : load_u32le(at);
        if (left < 4 || size_bytes > left - 4) {
            d->in.at = at;
            d->at += i;
            return report_short(d, error);
        }
        views[i] = (pqt_view){at + 4, size_bytes};
        ask_ahead(at, size_bytes);
        at += 4 + size_bytes;
    }
    d->in.at = at;
    d->at += count;
    return PQT_OK;
}

static pqt_status skip_byte_array(decoder *d, size_t count, pqt_error *error)
{
    for (; count > 0; count--) {
        pqt_view ignored;
        TRY(decode_byte_array(d, &ignored, 1, error));
    }
    return PQT_OK;
}

const decoder_kind plain_byte_array_decoder = {
    .types = 1u << PQT_BYTE_ARRAY,
    .start = start_byte_array,
    .decode = decode_byte_array,
    .skip = skip_byte_array,
    .shows_page = true,
};

/* BOOLEAN: a bit each, lowest first. */
static pqt_status start_boolean(decoder *d, pqt_view bytes, size_t count,
                                pqt_error *error)
{
    if (count / 8 + (count % 8 != 0) > bytes.size_bytes)
        return error_set(error, PQT_CORRUPT, "plain: %zu bytes for %zu booleans",
                         bytes.size_bytes, count);
    d->in = cursor_of(bytes);
    d->at = 0;
    return PQT_OK;
}

static pqt_status decode_boolean(decoder *d, void *out, size_t count, pqt_error *error)
{
    (void)error;
    bits_unpack(d->in.at, d->at, out, count);
    d->at += count;
    return PQT_OK;
}

static pqt_status skip_boolean(decoder *d, size_t count, pqt_error *error)
{
    (void)error;
    d->at += count;
    return PQT_OK;
}

const decoder_kind plain_boolean_decoder = {
    .types = 1u << PQT_BOOLEAN,
    .start = start_boolean,
    .decode = decode_boolean,
    .skip = skip_boolean,
};
