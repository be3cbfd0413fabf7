#include "parquet/page_window.h"

bool page_window_has_block(const page_window *window)
{
    return window->block && window->bytes == window->block;
}

/* How many bytes from `offset` on are in the window. */
static size_t bytes_at(const page_window *window, uint64_t offset)
{
    if (offset < window->offset || offset - window->offset >= window->size_bytes)
        return 0;
    return window->size_bytes - (size_t)(offset - window->offset);
}

/* What is worth reading: a window, or only what was fetched before. */
static size_t piece_bytes(const page_window *window, window_place place)
{
    const uint64_t left = place.end - place.offset;
    const size_t ahead = read_ahead_find(window->ahead, place.offset).size_bytes;
    size_t size = window->window_bytes;
    if (ahead > 0 && ahead < size) size = ahead;
    if (size < place.size_bytes) size = place.size_bytes;
    return size < left ? size : (size_t)left;
}

static pqt_status read_bytes(page_window *window, pqt_byte_range range, uint8_t *out,
                             pqt_error *error)
{
    const pqt_view ahead = read_ahead_find(window->ahead, range.offset);
    if (ahead.size_bytes >= range.size_bytes) {
        memcpy(out, ahead.data, (size_t)range.size_bytes);
        return PQT_OK;
    }
    if (!reader_has_bytes(window->reader, range.offset))
        window->bytes_read += range.size_bytes;
    return pqt_reader_read_bytes(window->reader, range, out, error);
}

/* A block for the piece that begins with the `kept` last bytes of the window. */
static pqt_status move_block(page_window *window, size_t kept, size_t size_bytes,
                             pqt_error *error)
{
    const uint8_t *from = kept ? window->bytes + (window->size_bytes - kept) : NULL;
    if (window->block && block_pool_room(window->blocks, window->block) >= size_bytes) {
        if (kept) memmove(window->block, from, kept);
        return PQT_OK;
    }
    uint8_t *fresh;
    TRY(block_pool_take(window->blocks, size_bytes, &fresh, error));
    if (kept) memcpy(fresh, from, kept);
    block_pool_give_back(window->blocks, window->block);
    window->block = fresh;
    return PQT_OK;
}

static pqt_status read_piece(page_window *window, window_place place, pqt_error *error)
{
    const size_t size = piece_bytes(window, place);
    size_t kept = bytes_at(window, place.offset);
    if (kept > size) kept = 0;
    TRY(move_block(window, kept, size, error));
    window->size_bytes = 0;
    TRY(read_bytes(window, (pqt_byte_range){place.offset + kept, size - kept},
                   window->block + kept, error));
    window->bytes = window->block;
    window->offset = place.offset;
    window->size_bytes = size;
    return PQT_OK;
}

/* An input in memory is shown as it is, but for its end: behind a block there is slack.
 */
static bool can_show_memory(const page_window *window, window_place place)
{
    const uint64_t file_bytes = window->reader->input.size_bytes;
    return window->reader->memory_bytes.data &&
           file_bytes - place.offset >= piece_bytes(window, place) + BLOCK_SLACK_BYTES;
}

static void show_memory(page_window *window, window_place place)
{
    const size_t size = piece_bytes(window, place);
    const uint64_t last_end = window->offset + window->size_bytes;
    const uint64_t end = place.offset + size;
    const bool goes_on = place.offset >= window->offset && place.offset <= last_end;
    window->bytes_read += goes_on ? end - last_end : size;
    window->bytes = window->reader->memory_bytes.data + place.offset;
    window->offset = place.offset;
    window->size_bytes = size;
}

static pqt_status check_place(const page_window *window, window_place place,
                              pqt_error *error)
{
    const uint64_t file_bytes = window->reader->input.size_bytes;
    const uint64_t end = place.end < file_bytes ? place.end : file_bytes;
    if (place.offset <= end && place.size_bytes <= end - place.offset &&
        place.end <= file_bytes)
        return PQT_OK;
    return error_set(
        error, PQT_CORRUPT, "%zu bytes at byte %llu where data end at byte %llu",
        place.size_bytes, (unsigned long long)place.offset, (unsigned long long)end);
}

pqt_status page_window_show(page_window *window, window_place place, pqt_view *out,
                            pqt_error *error)
{
    TRY(check_place(window, place, error));
    const size_t there = bytes_at(window, place.offset);
    if (there < place.size_bytes || there == 0) {
        if (can_show_memory(window, place))
            show_memory(window, place);
        else
            TRY(read_piece(window, place, error));
    }
    const size_t size = bytes_at(window, place.offset);
    const uint64_t left = place.end - place.offset;
    *out = (pqt_view){size ? window->bytes + (place.offset - window->offset) : NULL,
                      size < left ? size : (size_t)left};
    return PQT_OK;
}
