/*
 * A page of an encrypted column chunk: a module of its header and one of its body, both
 * sealed with the page's ordinal.
 */
#ifndef PARQUET_PAGE_DECRYPTION_H
#define PARQUET_PAGE_DECRYPTION_H

#include "base/buffer.h"
#include "parquet/block_pool.h"
#include "parquet/crypto_chunk.h"
#include "parquet/page_header.h"

/* Which page of which chunk. All zero: pages are not encrypted. */
typedef struct page_decryption {
    crypto_chunk keys;  /* key NULL: not encrypted */
    bool is_dictionary; /* the chunk's dictionary page, which has no ordinal */
    int32_t page;       /* ordinal among the data pages */
} page_decryption;

/* Ciphers and scratch memory of one thread; all zero but the pool and the header's
 * allocator before the first use. */
typedef struct page_decryption_memory {
    crypto_context context;
    buffer header;
    block_pool *blocks;
} page_decryption_memory;

void page_decryption_memory_free(page_decryption_memory *memory);

/* Reads the header module at the start of `bytes`, as page_header_read. */
pqt_status page_decryption_header(const page_decryption *d,
                                  page_decryption_memory *memory, pqt_view bytes,
                                  page_header *out, size_t *header_bytes,
                                  pqt_error *error);

/* Replaces the body behind that header by its plain bytes, in a block of `memory`'s pool,
 * *owned. */
pqt_status page_decryption_body(const page_decryption *d, page_decryption_memory *memory,
                                const page_header *header, pqt_view *body,
                                uint8_t **owned, pqt_error *error);

#endif
