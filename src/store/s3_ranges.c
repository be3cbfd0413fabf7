#include "store/s3_ranges.h"

#include "base/alloc.h"
#include "base/checked.h"

/* Pieces that a range of its own would need. */
static size_t pieces_of(uint64_t size_bytes)
{
    return (size_t)((size_bytes + RANGES_PIECE_BYTES - 1) / RANGES_PIECE_BYTES);
}

static pqt_status check_ranges(const pqt_byte_range *ranges, size_t count,
                               uint64_t size_bytes, const char *name, size_t *most,
                               pqt_error *error)
{
    uint64_t end = 0;
    *most = 0;
    for (size_t i = 0; i < count; i++) {
        const pqt_byte_range *r = &ranges[i];
        if (r->offset < end || !range_within(r->offset, r->size_bytes, size_bytes))
            return error_set(
                error, PQT_IO, "%s has %llu bytes; cannot read %llu at offset %llu", name,
                (unsigned long long)size_bytes, (unsigned long long)r->size_bytes,
                (unsigned long long)r->offset);
        end = r->offset + r->size_bytes;
        *most += pieces_of(r->size_bytes);
    }
    return PQT_OK;
}

static bool joins(const range_piece *last, uint64_t offset, uint64_t end)
{
    return offset - last->end_offset <= RANGES_GAP_BYTES &&
           end - last->first_offset <= RANGES_PIECE_BYTES;
}

static void add_piece(range_plan *plan, uint64_t offset, uint64_t size, uint8_t *out)
{
    plan->segments[plan->segment_count] = (http_segment){offset, out, (size_t)size};
    range_piece *last = plan->piece_count ? &plan->pieces[plan->piece_count - 1] : NULL;
    if (last && joins(last, offset, offset + size)) {
        last->end_offset = offset + size;
        last->segment_count++;
    } else {
        plan->pieces[plan->piece_count++] =
            (range_piece){offset, offset + size, plan->segment_count, 1};
    }
    plan->segment_count++;
}

pqt_status range_plan_make(const pqt_byte_range *ranges, size_t count,
                           uint8_t *const *outs, uint64_t size_bytes, const char *name,
                           range_plan *out, pqt_error *error)
{
    size_t most;
    *out = (range_plan){0};
    TRY(check_ranges(ranges, count, size_bytes, name, &most, error));
    out->pieces = alloc_zeroed(NULL, most, sizeof *out->pieces);
    out->segments = alloc_zeroed(NULL, most, sizeof *out->segments);
    if (!out->pieces || !out->segments)
        return error_no_memory(error, most * sizeof *out->segments);
    for (size_t i = 0; i < count; i++) {
        const uint64_t size = ranges[i].size_bytes;
        for (uint64_t at = 0; at < size; at += RANGES_PIECE_BYTES) {
            const uint64_t left = size - at;
            add_piece(out, ranges[i].offset + at,
                      left < RANGES_PIECE_BYTES ? left : RANGES_PIECE_BYTES,
                      outs[i] + at);
        }
    }
    return PQT_OK;
}

void range_plan_free(range_plan *plan)
{
    alloc_release(NULL, plan->pieces);
    alloc_release(NULL, plan->segments);
    *plan = (range_plan){0};
}
