#include "parquet/arrow_bytes.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "parquet/copy_ahead.h"

/* Values are looked at in pieces, so that a piece's views are still near when their bytes
 * are copied. */
enum { PIECE = 256, LONGEST_IN_VIEW = 12 };

static bool is_again(const pqt_view *values, size_t at)
{
    return at > 0 && values[at].data == values[at - 1].data &&
           values[at].size_bytes == values[at - 1].size_bytes;
}

static pqt_status report_size(const arrow_slots *s, pqt_error *error)
{
    return error_set(error, PQT_LIMIT,
                     "column %s has more than 2 GiB of bytes in a batch; ask for fewer "
                     "rows a batch, or large types",
                     s->node->name);
}

static uint64_t total_bytes(const pqt_view *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) total += values[i].size_bytes;
    return total;
}

/* Bytes of values have slack behind them, and so has the buffer that they go to. */
static inline void copy_value(uint8_t *out, pqt_view value)
{
    static const uint8_t nothing[COPY_STEP_BYTES];
    copy_ahead(out, value.size_bytes ? value.data : nothing, value.size_bytes);
}

/* The first byte, where the values follow each other in memory with nothing between. */
static const uint8_t *find_together(const pqt_view *values, size_t count)
{
    const uint8_t *first = NULL, *expected = NULL;
    for (size_t i = 0; i < count; i++) {
        if (values[i].size_bytes == 0) continue;
        if (!first) first = expected = values[i].data;
        if (values[i].data != expected) return NULL;
        expected += values[i].size_bytes;
    }
    return first;
}

/* Copies the bytes of a piece, `size_bytes` in all. */
static void copy_piece(const pqt_view *values, size_t count, size_t size_bytes,
                       uint8_t *out)
{
    const uint8_t *together = find_together(values, count);
    if (together) {
        memcpy(out, together, size_bytes);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        copy_value(out, values[i]);
        out += values[i].size_bytes;
    }
}

/* --- UTF-8 --- */

/* Whether no value begins within a sequence. */
static bool begin_sequences(const pqt_view *values, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good &= values[i].size_bytes == 0 || (values[i].data[0] & 0xc0) != 0x80;
    return good;
}

/* A piece's bytes are looked at together: most texts are ASCII, and those that are not
 * are valid where the whole is, and cut between its sequences. */
static bool is_utf8_together(const pqt_view *values, size_t count, pqt_view bytes)
{
    return utf8_is_ascii(bytes) ||
           (utf8_is_valid(bytes, NULL) && begin_sequences(values, count));
}

static pqt_status check_utf8(const arrow_slots *slots, pqt_error *error)
{
    const pqt_view *values = slots->values;
    for (size_t i = 0; i < slots->count; i++) {
        size_t at;
        if (is_again(values, i) || utf8_is_valid(values[i], &at)) continue;
        return error_set(
            error, PQT_CORRUPT,
            "column %s: byte %zu of value %zu in a batch is not UTF-8, which "
            "its type promises; unchecked_utf8 lets it pass",
            slots->node->name, at, i);
    }
    return PQT_OK;
}

/* --- Offsets and bytes --- */

/* One body for both widths of offsets; `bytes` has room for all. False where a piece's
 * bytes are not the texts that they should be; they are looked at while they are near. */
#define DEFINE_FILL(name, type)                                                     \
    static bool name(const arrow_slots *s, type *offsets, uint8_t *bytes)           \
    {                                                                               \
        const pqt_view *values = s->values;                                         \
        bool good = true;                                                           \
        type total = 0;                                                             \
        for (size_t at = 0; at < s->count; at += PIECE) {                           \
            const size_t left = s->count - at, count = left < PIECE ? left : PIECE; \
            const type begin = total;                                               \
            for (size_t i = 0; i < count; i++) {                                    \
                offsets[at + i] = total;                                            \
                total += (type)values[at + i].size_bytes;                           \
            }                                                                       \
            const pqt_view piece = {bytes + begin, (size_t)(total - begin)};        \
            copy_piece(values + at, count, piece.size_bytes, bytes + begin);        \
            if (s->must_be_utf8 && good)                                            \
                good = is_utf8_together(values + at, count, piece);                 \
        }                                                                           \
        offsets[s->count] = total;                                                  \
        return good;                                                                \
    }
DEFINE_FILL(fill_bytes, int32_t)
DEFINE_FILL(fill_large_bytes, int64_t)

static pqt_status make_buffers(size_t first_bytes, uint64_t bytes, void **buffers,
                               pqt_error *error)
{
    if (bytes > SIZE_MAX - COPY_STEP_BYTES) return error_no_memory(error, SIZE_MAX);
    buffers[0] = alloc_bytes(NULL, first_bytes);
    buffers[1] = alloc_bytes(NULL, (size_t)bytes + COPY_STEP_BYTES);
    if (buffers[0] && buffers[1]) return PQT_OK;
    return error_no_memory(error, first_bytes + (size_t)bytes);
}

pqt_status arrow_bytes_copy(const arrow_slots *slots, void *buffers[ARROW_VALUE_BUFFERS],
                            pqt_error *error)
{
    const uint64_t total = total_bytes(slots->values, slots->count);
    if (total > INT32_MAX) return report_size(slots, error);
    TRY(make_buffers((slots->count + 1) * sizeof(int32_t), total, buffers, error));
    return fill_bytes(slots, buffers[0], buffers[1]) ? PQT_OK : check_utf8(slots, error);
}

pqt_status arrow_large_bytes_copy(const arrow_slots *slots,
                                  void *buffers[ARROW_VALUE_BUFFERS], pqt_error *error)
{
    const uint64_t total = total_bytes(slots->values, slots->count);
    TRY(make_buffers((slots->count + 1) * sizeof(int64_t), total, buffers, error));
    return fill_large_bytes(slots, buffers[0], buffers[1]) ? PQT_OK
                                                           : check_utf8(slots, error);
}

/* --- Views --- */

/* As the Arrow specification has it: the value itself, or its first bytes and where it
 * is. */
typedef struct bytes_view {
    int32_t size_bytes;
    union {
        uint8_t value[LONGEST_IN_VIEW];
        struct {
            uint8_t prefix[4];
            int32_t buffer;
            int32_t offset;
        } shown;
    } in;
} bytes_view;

static uint64_t shown_bytes(const pqt_view *values, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i].size_bytes > LONGEST_IN_VIEW && !is_again(values, i))
            total += values[i].size_bytes;
    return total;
}

static bytes_view short_view(pqt_view value)
{
    bytes_view view = {.size_bytes = (int32_t)value.size_bytes};
    if (value.size_bytes) memcpy(view.in.value, value.data, value.size_bytes);
    return view;
}

static void fill_views(const pqt_view *values, size_t count, bytes_view *views,
                       uint8_t *bytes)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const pqt_view value = values[i];
        if (value.size_bytes <= LONGEST_IN_VIEW) {
            views[i] = short_view(value);
        } else if (is_again(values, i)) {
            views[i] = views[i - 1];
        } else {
            views[i] = (bytes_view){.size_bytes = (int32_t)value.size_bytes,
                                    .in.shown = {.offset = (int32_t)at}};
            memcpy(views[i].in.shown.prefix, value.data, sizeof views[i].in.shown.prefix);
            copy_value(bytes + at, value);
            at += value.size_bytes;
        }
    }
}

pqt_status arrow_views_copy(const arrow_slots *slots, void *buffers[ARROW_VALUE_BUFFERS],
                            pqt_error *error)
{
    const uint64_t total = shown_bytes(slots->values, slots->count);
    if (total > INT32_MAX) return report_size(slots, error);
    int64_t *lengths = alloc_bytes(NULL, sizeof *lengths);
    if (!lengths) return error_no_memory(error, sizeof *lengths);
    buffers[2] = lengths;
    lengths[0] = (int64_t)total;
    TRY(make_buffers(slots->count * sizeof(bytes_view), total, buffers, error));
    fill_views(slots->values, slots->count, buffers[0], buffers[1]);
    return slots->must_be_utf8 ? check_utf8(slots, error) : PQT_OK;
}
