#include "parquet/level_writer.h"

#include "base/cursor.h"
#include "parquet/bit_pack.h"
#include "parquet/bits.h"
#include "parquet/rle_encoder.h"

/* Room for more levels: where they go is in *out. */
static pqt_status extend(level_writer *w, size_t count, uint32_t **out, pqt_error *error)
{
    TRY(buffer_reserve(&w->levels, count * sizeof **out, error));
    *out = (uint32_t *)(void *)(w->levels.data + w->levels.size_bytes);
    w->levels.size_bytes += count * sizeof **out;
    return PQT_OK;
}

pqt_status level_writer_add(level_writer *w, const uint16_t *levels, size_t count,
                            pqt_error *error)
{
    if (w->max_level == 0) return PQT_OK;
    uint32_t *to = NULL;
    TRY(extend(w, count, &to, error));
    for (size_t i = 0; i < count; i++) to[i] = levels[i];
    return PQT_OK;
}

pqt_status level_writer_add_same(level_writer *w, uint32_t level, size_t count,
                                 pqt_error *error)
{
    if (w->max_level == 0) return PQT_OK;
    uint32_t *to = NULL;
    TRY(extend(w, count, &to, error));
    for (size_t i = 0; i < count; i++) to[i] = level;
    return PQT_OK;
}

pqt_status level_writer_add_bits(level_writer *w, const uint8_t *bits, size_t at,
                                 size_t count, pqt_error *error)
{
    if (w->max_level == 0) return PQT_OK;
    uint32_t *to = NULL;
    TRY(extend(w, count, &to, error));
    for (size_t i = 0; i < count; i++) to[i] = bits_get(bits, at + i);
    return PQT_OK;
}

void level_writer_count(const level_writer *w, int64_t *histogram)
{
    const uint32_t *levels = (const uint32_t *)(const void *)w->levels.data;
    const size_t count = w->levels.size_bytes / sizeof *levels;
    for (size_t i = 0; i < count; i++) histogram[levels[i]]++;
}

pqt_status level_writer_finish(level_writer *w, level_format format, buffer *out,
                               pqt_error *error)
{
    if (w->max_level == 0) return PQT_OK;
    const size_t start = out->size_bytes;
    const size_t prefix = format.has_length ? sizeof(uint32_t) : 0;
    TRY(buffer_resize(out, start + prefix, error));
    const rle_values levels = {(const uint32_t *)(const void *)w->levels.data,
                               w->levels.size_bytes / sizeof(uint32_t),
                               bit_width_u64(w->max_level), format.is_compressed};
    TRY(rle_encode(&levels, out, error));
    if (prefix)
        store_u32le(out->data + start, (uint32_t)(out->size_bytes - start - prefix));
    buffer_clear(&w->levels);
    return PQT_OK;
}
