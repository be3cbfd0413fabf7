/*
 * The bytes of a column chunk in pieces: what is asked for, and as much behind it as the
 * window is large. Views stay valid until the next call, unless the window's block was
 * shown (block_pool.h).
 */
#ifndef PARQUET_PAGE_WINDOW_H
#define PARQUET_PAGE_WINDOW_H

#include "parquet/block_pool.h"
#include "parquet/read_ahead.h"

typedef struct page_window {
    const pqt_reader *reader;
    const read_ahead *ahead; /* NULL: nothing was fetched before */
    block_pool *blocks;
    size_t window_bytes;
    const uint8_t *bytes; /* of the file from `offset` on */
    uint64_t offset;
    size_t size_bytes;
    uint8_t *block;      /* that holds them; NULL: they are the input's own memory */
    uint64_t bytes_read; /* asked of the input, of all chunks so far */
} page_window;

/* A range of the file that lies before `end`. */
typedef struct window_place {
    uint64_t offset;
    size_t size_bytes;
    uint64_t end; /* nothing is read from here on */
} window_place;

/* At least the bytes of the place; all that are at hand before `end`. */
pqt_status page_window_show(page_window *window, window_place place, pqt_view *out,
                            pqt_error *error);

/* Whether its bytes are in a block, which the next call may write anew. */
bool page_window_has_block(const page_window *window);

#endif
