/*
 * PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"): the header,
 * then a tuple a row, then a trailer. Fed with the bytes as they come, in pieces of any
 * size; calls back a row at a time.
 *
 * Memory: what is left of a piece that ended within a tuple, at most TUPLE_LIMIT bytes.
 */
#ifndef SOURCE_COPY_BINARY_H
#define SOURCE_COPY_BINARY_H

#include "source/source.h"

typedef struct copy_binary {
    source_row_callback callback;
    void *self;
    buffer carried;
    bool has_header;
    bool has_trailer;
} copy_binary;

/* Eats one piece. CORRUPT where it is not the format; LIMIT and UNSUPPORTED, naming the
 * row's id, for values that do not fit or must not be null; else what the callback
 * returns. */
pqt_status copy_binary_feed(copy_binary *parser, pqt_view piece, pqt_error *error);

/* CORRUPT where the stream ended before its trailer. */
pqt_status copy_binary_finish(const copy_binary *parser, pqt_error *error);

void copy_binary_free(copy_binary *parser);

#endif
