/* Ranges of an object that a caller wants, made into requests: near ones are fetched as
 * one, large ones in pieces at once. */
#ifndef STORE_S3_RANGES_H
#define STORE_S3_RANGES_H

#include "pqt.h"
#include "store/http.h"

enum {
    RANGES_GAP_BYTES = 256 << 10, /* less is read and dropped rather than asked apart */
    RANGES_PIECE_BYTES = 4 << 20  /* at most in a request */
};

/* [first, end) of the object, filled into segments[segment ...]. */
typedef struct range_piece {
    uint64_t first_offset, end_offset;
    size_t segment, segment_count;
} range_piece;

typedef struct range_plan {
    range_piece *pieces;
    size_t piece_count;
    http_segment *segments;
    size_t segment_count;
} range_plan;

/* `ranges` ascending and apart, as pqt_input's read_many has them, each within
 * `size_bytes`. IO naming `name` where one is not. The caller frees, also after a
 * failure. */
pqt_status range_plan_make(const pqt_byte_range *ranges, size_t count,
                           uint8_t *const *outs, uint64_t size_bytes, const char *name,
                           range_plan *out, pqt_error *error);
void range_plan_free(range_plan *plan);

#endif
