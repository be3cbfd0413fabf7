#include "pqt.h"

/* Tables by the format's numbers; holes are unknown. */
static const char *const type_names[] = {
    "BOOLEAN", "INT32",  "INT64",      "INT96",
    "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
static const char *const encoding_names[] = {"PLAIN",
                                             NULL,
                                             "PLAIN_DICTIONARY",
                                             "RLE",
                                             "BIT_PACKED",
                                             "DELTA_BINARY_PACKED",
                                             "DELTA_LENGTH_BYTE_ARRAY",
                                             "DELTA_BYTE_ARRAY",
                                             "RLE_DICTIONARY",
                                             "BYTE_STREAM_SPLIT"};
static const char *const codec_names[] = {"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO",
                                          "BROTLI",       "LZ4",    "ZSTD", "LZ4_RAW"};

static const char *name_at(const char *const *names, size_t count, int number)
{
    if (number < 0 || (size_t)number >= count || !names[number]) return "unknown";
    return names[number];
}

const char *pqt_type_name(pqt_type type)
{
    return name_at(type_names, sizeof type_names / sizeof *type_names, (int)type);
}

const char *pqt_encoding_name(pqt_encoding encoding)
{
    return name_at(encoding_names, sizeof encoding_names / sizeof *encoding_names,
                   (int)encoding);
}

const char *pqt_codec_name(pqt_codec codec)
{
    return name_at(codec_names, sizeof codec_names / sizeof *codec_names, (int)codec);
}
