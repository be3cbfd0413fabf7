#include "parquet/rle_encoder.h"

#include "parquet/bit_pack.h"

enum { GROUP = 8 };

pqt_status rle_encode_run(uint32_t value, size_t count, unsigned width, buffer *out,
                          pqt_error *error)
{
    TRY(buffer_append_varint(out, (uint64_t)count << 1, error));
    for (unsigned bits = 0; bits < width; bits += 8)
        TRY(buffer_append_u8(out, (uint8_t)(value >> bits), error));
    return PQT_OK;
}

/* The last group of the page is filled with zeros. */
static pqt_status encode_packed(const uint32_t *values, size_t count, unsigned width,
                                buffer *out, pqt_error *error)
{
    const size_t groups = (count + GROUP - 1) / GROUP;
    const size_t whole = count / GROUP * GROUP;
    TRY(buffer_append_varint(out, (uint64_t)groups << 1 | 1, error));
    TRY(buffer_reserve(out, groups * width, error));
    bit_pack_u32(values, whole, width, out->data + out->size_bytes);
    if (whole < count) {
        uint32_t last[GROUP] = {0};
        memcpy(last, values + whole, (count - whole) * sizeof *values);
        bit_pack_u32(last, GROUP, width, out->data + out->size_bytes + whole / 8 * width);
    }
    out->size_bytes += groups * width;
    return PQT_OK;
}

static size_t run_length(const uint32_t *values, size_t at, size_t count)
{
    size_t end = at + 1;
    while (end < count && values[end] == values[at]) end++;
    return end - at;
}

/* How many bits of packed values a run must save: what it costs (header and value, and a
 * header for the packed groups behind it); where a codec follows much more, as a run of
 * packed values costs it next to nothing while the run's header breaks what repeats. */
static size_t run_threshold_bits(const rle_values *input)
{
    return 8 * ((input->is_compressed ? 60 : 2) + (input->width + 7) / 8);
}

pqt_status rle_encode(const rle_values *input, buffer *out, pqt_error *error)
{
    const uint32_t *values = input->values;
    const size_t count = input->count;
    const unsigned width = input->width;
    const size_t threshold_bits = run_threshold_bits(input);
    size_t packed_from = 0;
    for (size_t at = 0; at < count;) {
        const size_t length = run_length(values, at, count);
        /* Packed groups must be whole before a run can begin. */
        const size_t fill = (GROUP - (at - packed_from) % GROUP) % GROUP;
        const size_t start = at + fill;
        at += length;
        if (length <= fill || (length - fill) * width <= threshold_bits) continue;
        if (start > packed_from)
            TRY(encode_packed(values + packed_from, start - packed_from, width, out,
                              error));
        TRY(rle_encode_run(values[start], at - start, width, out, error));
        packed_from = at;
    }
    if (packed_from == count) return PQT_OK;
    return encode_packed(values + packed_from, count - packed_from, width, out, error);
}
