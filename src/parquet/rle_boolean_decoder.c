/* RLE of booleans: a length in 4 bytes, then the hybrid of width 1 (Encodings.md). */
#include "parquet/decoder.h"

static pqt_status start(decoder *d, pqt_view bytes, size_t count, pqt_error *error)
{
    cursor in = cursor_of(bytes);
    uint32_t size_bytes = 0;
    pqt_view runs = {0};
    if (count > 0 &&
        (!cursor_u32le(&in, &size_bytes) || !cursor_bytes(&in, size_bytes, &runs)))
        return error_set(error, PQT_CORRUPT, "rle: %u bytes of booleans in %zu",
                         size_bytes, bytes.size_bytes);
    rle_decoder_start(&d->rle, runs, 1);
    return PQT_OK;
}

static pqt_status report_end(size_t left, pqt_error *error)
{
    return error_set(error, PQT_CORRUPT, "rle: ends %zu booleans early", left);
}

static pqt_status decode(decoder *d, void *out, size_t count, pqt_error *error)
{
    uint8_t *booleans = out;
    while (count > 0) {
        rle_piece piece;
        if (!rle_next(&d->rle, count, &piece)) return report_end(count, error);
        for (size_t i = 0; i < piece.count; i++)
            booleans[i] = (piece.values ? piece.values[i] : piece.value) & 1;
        booleans += piece.count;
        count -= piece.count;
    }
    return PQT_OK;
}

static pqt_status skip(decoder *d, size_t count, pqt_error *error)
{
    return rle_skip(&d->rle, count) ? PQT_OK : report_end(count, error);
}

const decoder_kind rle_boolean_decoder = {
    .types = 1u << PQT_BOOLEAN,
    .start = start,
    .decode = decode,
    .skip = skip,
};
