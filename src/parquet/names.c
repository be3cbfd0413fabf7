#include "pqt.h"

static const char *const type_names[] = {
    [PQT_BOOLEAN] = "BOOLEAN",       [PQT_INT32] = "INT32",
    [PQT_INT64] = "INT64",           [PQT_INT96] = "INT96",
    [PQT_FLOAT] = "FLOAT",           [PQT_DOUBLE] = "DOUBLE",
    [PQT_BYTE_ARRAY] = "BYTE_ARRAY", [PQT_FIXED_LEN_BYTE_ARRAY] = "FIXED_LEN_BYTE_ARRAY",
};

static const char *const encoding_names[] = {
    [PQT_PLAIN] = "PLAIN",
    [PQT_PLAIN_DICTIONARY] = "PLAIN_DICTIONARY",
    [PQT_RLE] = "RLE",
    [PQT_BIT_PACKED] = "BIT_PACKED",
    [PQT_DELTA_BINARY_PACKED] = "DELTA_BINARY_PACKED",
    [PQT_DELTA_LENGTH_BYTE_ARRAY] = "DELTA_LENGTH_BYTE_ARRAY",
    [PQT_DELTA_BYTE_ARRAY] = "DELTA_BYTE_ARRAY",
    [PQT_RLE_DICTIONARY] = "RLE_DICTIONARY",
    [PQT_BYTE_STREAM_SPLIT] = "BYTE_STREAM_SPLIT",
};

static const char *const codec_names[] = {
    [PQT_UNCOMPRESSED] = "UNCOMPRESSED",
    [PQT_SNAPPY] = "SNAPPY",
    [PQT_GZIP] = "GZIP",
    [PQT_LZO] = "LZO",
    [PQT_BROTLI] = "BROTLI",
    [PQT_LZ4_HADOOP] = "LZ4",
    [PQT_ZSTD] = "ZSTD",
    [PQT_LZ4_RAW] = "LZ4_RAW",
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const char *find_name(const char *const *names, size_t count, unsigned number)
{
    return number < count && names[number] ? names[number] : "unknown";
}

const char *pqt_type_name(pqt_type type)
{
    return find_name(type_names, COUNT_OF(type_names), (unsigned)type);
}

const char *pqt_encoding_name(pqt_encoding encoding)
{
    return find_name(encoding_names, COUNT_OF(encoding_names), (unsigned)encoding);
}

const char *pqt_codec_name(pqt_codec codec)
{
    return find_name(codec_names, COUNT_OF(codec_names), (unsigned)codec);
}
