#include "archive/proof.h"

#include <string.h>
#include <unistd.h>

#include "archive/file_rows.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/sha256.h"
#include "table/row.h"

enum { PIECE_BYTES = 1 << 20 };

static const char copy_name[] = "the copy that was read back";

bool proof_is_possible(const delta_file *file)
{
    return file->row_count >= 0 && delta_tag(file, TAG_SHA256) &&
           delta_tag(file, TAG_ROW_HASH) && delta_tag(file, TAG_VIEW_COUNT);
}

/* --- Reading back --- */

static pqt_status read_piece(const pqt_input *from, uint64_t at, buffer *piece,
                             sha256 *hash, pqt_error *error)
{
    const uint64_t left = from->size_bytes - at;
    TRY(buffer_resize(piece, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, error));
    TRY(from->read(from->self, at, piece->data, piece->size_bytes, error));
    return sha256_add(hash, piece->data, piece->size_bytes, error);
}

/* Every byte passes through the hash on its way into the copy. */
static pqt_status copy_bytes(const proof_tools *tools, const pqt_input *from, proof *to,
                             char text[SHA256_TEXT_BYTES], pqt_error *error)
{
    const temporary_folder folder = {tools->directory, true};
    sha256 hash = {0};
    buffer piece = {0};
    pqt_status status = sha256_start(&hash, error);
    for (uint64_t at = 0; status == PQT_OK && at < from->size_bytes; at += PIECE_BYTES) {
        status = progress_check(tools->progress, error);
        if (status == PQT_OK) status = read_piece(from, at, &piece, &hash, error);
        if (status == PQT_OK)
            status = file_write_temporary(to->descriptor, piece.data, piece.size_bytes,
                                          &folder, error);
    }
    if (status == PQT_OK) status = sha256_end(&hash, text, error);
    sha256_free(&hash);
    buffer_free(&piece);
    return status;
}

static pqt_status read_back(const proof_tools *tools, const delta_file *file, proof *out,
                            pqt_error *error)
{
    char hash[SHA256_TEXT_BYTES];
    pqt_input input = {0};
    TRY(file_open_input(tools->store, file->path, &input, error));
    pqt_status status = file_compare_size(file, input.size_bytes, error);
    if (status == PQT_OK) status = copy_bytes(tools, &input, out, hash, error);
    if (input.release) input.release(input.self);
    TRY(status);
    out->size_bytes = file->size_bytes;
    return file_compare_hash(file, hash, error);
}

/* --- Decoding --- */

static pqt_status read_copy(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                            pqt_error *error)
{
    const proof *p = self;
    return file_read_at(p->descriptor, offset, out, size_bytes, copy_name, error);
}

static pqt_status decode(const proof_tools *tools, const delta_file *file, proof *out,
                         pqt_error *error)
{
    const pqt_input input = {
        .read = read_copy, .self = out, .size_bytes = out->size_bytes, .name = copy_name};
    TRY(pqt_reader_open(&input, NULL, &out->reader, error));
    TRY(file_check(out->reader, file->path, true, tools->pool, &out->content, error));
    return file_compare_content(file, &out->content, error);
}

static void close_proof(proof *p)
{
    pqt_reader_close(p->reader);
    if (p->descriptor >= 0) close(p->descriptor);
    alloc_release(NULL, p->path);
    *p = (proof){.descriptor = -1};
}

pqt_status proof_open(const proof_tools *tools, const delta_file *file, proof *out,
                      pqt_error *error)
{
    *out = (proof){.descriptor = -1};
    if (!proof_is_possible(file))
        return error_set(error, PQT_UNSUPPORTED,
                         "%s has none of the log's tags to check it by", file->path);
    TRY(file_open_temporary(tools->directory, &out->descriptor, error));
    out->path = alloc_text(NULL, file->path);
    pqt_status status = out->path ? PQT_OK : error_no_memory(error, strlen(file->path));
    if (status == PQT_OK) status = read_back(tools, file, out, error);
    if (status == PQT_OK) status = decode(tools, file, out, error);
    if (status == PQT_OK) return PQT_OK;
    close_proof(out);
    const bool is_bad =
        status == PQT_NOT_FOUND || status == PQT_UNSUPPORTED || status == PQT_INVALID;
    if (is_bad && error) error->status = PQT_CORRUPT;
    return is_bad ? PQT_CORRUPT : status;
}

void proof_close(proof *p)
{
    if (p->path) close_proof(p);
}
