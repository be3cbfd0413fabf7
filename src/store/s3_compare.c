/* Reading back what a lost answer left unknown. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/file.h"
#include "store/s3.h"

enum { BLOCK_BYTES = 4 << 20 };

static pqt_status read_body(const http_body *body, uint64_t offset, uint8_t *out,
                            size_t size, pqt_error *error)
{
    if (body->descriptor >= 0)
        return file_read_at(body->descriptor, body->offset + offset, out, size,
                            "what was put", error);
    memcpy(out, body->bytes.data + offset, size);
    return PQT_OK;
}

static pqt_status compare_bytes(s3 *s, const char *full_key, const s3_head *head,
                                const http_body *body, bool *same, pqt_error *error)
{
    uint8_t *blocks = alloc_bytes(NULL, 2 * (size_t)BLOCK_BYTES);
    if (!blocks) return error_no_memory(error, 2 * (size_t)BLOCK_BYTES);
    uint8_t *theirs = blocks, *ours = blocks + BLOCK_BYTES;
    pqt_status status = PQT_OK;
    bool equal = true;
    for (uint64_t at = 0; at < head->size_bytes && equal && status == PQT_OK;) {
        const uint64_t left = head->size_bytes - at;
        const size_t size = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
        status = s3_read_range(s, full_key, head, at, theirs, size, error);
        if (status == PQT_OK) status = read_body(body, at, ours, size, error);
        equal = status == PQT_OK && memcmp(ours, theirs, size) == 0;
        at += size;
    }
    alloc_release(NULL, blocks);
    if (status == PQT_OK) *same = equal;
    return status;
}

pqt_status s3_compare(s3 *s, const char *full_key, const http_body *body, bool *same,
                      pqt_error *error)
{
    s3_head head;
    TRY(s3_head_read(s, full_key, &head, error));
    *same = false;
    if (head.size_bytes != body->size_bytes) return PQT_OK;
    return compare_bytes(s, full_key, &head, body, same, error);
}

pqt_status s3_settle(s3 *s, const char *full_key, const http_body *body,
                     pqt_status status, pqt_error *error)
{
    bool same = false;
    pqt_error ignored;
    if (status == PQT_CANCELLED) return status;
    const pqt_status looked = s3_compare(s, full_key, body, &same, &ignored);
    if (looked == PQT_OK && same) return PQT_OK;
    if (looked == PQT_OK)
        return error_set(error, PQT_CONFLICT, "s3://%s/%s is there already", s->bucket,
                         full_key);
    /* Not there yet is not that it never will be. */
    error_prefix(error, "not known whether it was put");
    const pqt_status unknown = status == PQT_TIMEOUT ? PQT_TIMEOUT : PQT_IO;
    if (error) error->status = unknown;
    return unknown;
}
