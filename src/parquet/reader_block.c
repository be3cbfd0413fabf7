/* pqt_reader_find_block. */
#include "base/checked.h"
#include "base/view.h"
#include "parquet/reader.h"

enum { MOST_DIGITS = 19 };

/* A decimal number at the front of `text`, which begins behind it then. */
static bool take_number(pqt_view *text, uint64_t *out)
{
    size_t at = 0;
    *out = 0;
    for (; at < text->size_bytes && at < MOST_DIGITS; at++) {
        const uint8_t digit = (uint8_t)(text->data[at] - '0');
        if (digit > 9) break;
        *out = *out * 10 + digit;
    }
    text->data += at;
    text->size_bytes -= at;
    return at > 0;
}

static bool parse_place(pqt_view text, pqt_byte_range *out)
{
    if (!text.data || !take_number(&text, &out->offset)) return false;
    if (text.size_bytes == 0 || *text.data != ' ') return false;
    text = view_of(text.data + 1, text.size_bytes - 1);
    return take_number(&text, &out->size_bytes) && text.size_bytes == 0;
}

pqt_status pqt_reader_find_block(const pqt_reader *reader, pqt_view key,
                                 pqt_byte_range *out, pqt_error *error)
{
    const pqt_file_metadata *metadata = pqt_reader_metadata(reader);
    pqt_byte_range place;
    for (int32_t i = 0; i < metadata->key_value_count; i++) {
        const pqt_key_value *pair = &metadata->key_values[i];
        if (!view_equal(pair->key, key)) continue;
        if (parse_place(pair->value, &place) &&
            range_within(place.offset, place.size_bytes, reader->input.size_bytes)) {
            *out = place;
            return PQT_OK;
        }
        return error_set(
            error, PQT_CORRUPT,
            "%s: the metadata says that block '%.*s' is at '%.*s': that is no "
            "range of its %llu bytes",
            reader->input.name, (int)key.size_bytes, (const char *)key.data,
            (int)(pair->value.size_bytes < 60 ? pair->value.size_bytes : 60),
            (const char *)pair->value.data, (unsigned long long)reader->input.size_bytes);
    }
    return error_set(error, PQT_NOT_FOUND, "%s: there is no block '%.*s'",
                     reader->input.name, (int)key.size_bytes, (const char *)key.data);
}
