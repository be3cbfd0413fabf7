#include "parquet/codec.h"

#include <limits.h>
#include <stdbool.h>
#include <zlib.h>
#include <zstd.h>

#ifdef PQT_WITH_SNAPPY
#include <snappy-c.h>
#endif
#ifdef PQT_WITH_LZ4
#include <lz4.h>
#endif
#ifdef PQT_WITH_BROTLI
#include <brotli/decode.h>
#include <brotli/encode.h>
#endif

#include "base/cursor.h"

typedef struct codec_row {
    const char *absent; /* why it cannot be used; NULL: it can */
    int32_t default_level;
    int32_t max_level;
    pqt_status (*decompress)(codec_context *context, pqt_view in, codec_target out,
                             pqt_error *error);
    /* The most bytes that `size_bytes` may be compressed to; 0: too many bytes. */
    size_t (*bound)(size_t size_bytes);
    /* Writes at most out.size_bytes; *size_bytes is how many. */
    pqt_status (*compress)(codec_context *context, int32_t level, pqt_view in,
                           codec_target out, size_t *size_bytes, pqt_error *error);
} codec_row;

static pqt_status check_length(const char *name, size_t found, codec_target out,
                               pqt_error *error)
{
    if (found == out.size_bytes) return PQT_OK;
    return error_set(error, PQT_CORRUPT, "%s gave %zu bytes, expected %zu", name, found,
                     out.size_bytes);
}

static size_t bound_same(size_t size_bytes)
{
    return size_bytes;
}

static pqt_status decompress_none(codec_context *context, pqt_view in, codec_target out,
                                  pqt_error *error)
{
    (void)context;
    TRY(check_length("an uncompressed page", in.size_bytes, out, error));
    if (in.size_bytes) memcpy(out.data, in.data, in.size_bytes);
    return PQT_OK;
}

static pqt_status compress_none(codec_context *context, int32_t level, pqt_view in,
                                codec_target out, size_t *size_bytes, pqt_error *error)
{
    (void)context;
    (void)level;
    (void)error;
    if (in.size_bytes) memcpy(out.data, in.data, in.size_bytes);
    *size_bytes = in.size_bytes;
    return PQT_OK;
}

static pqt_status decompress_zstd(codec_context *context, pqt_view in, codec_target out,
                                  pqt_error *error)
{
    if (!context->zstd_decompressor) context->zstd_decompressor = ZSTD_createDCtx();
    if (!context->zstd_decompressor) return error_no_memory(error, sizeof(void *));
    const size_t got = ZSTD_decompressDCtx(context->zstd_decompressor, out.data,
                                           out.size_bytes, in.data, in.size_bytes);
    if (ZSTD_isError(got))
        return error_set(error, PQT_CORRUPT, "zstd: %s", ZSTD_getErrorName(got));
    return check_length("zstd", got, out, error);
}

static size_t bound_zstd(size_t size_bytes)
{
    const size_t bound = ZSTD_compressBound(size_bytes);
    return ZSTD_isError(bound) ? 0 : bound;
}

static pqt_status compress_zstd(codec_context *context, int32_t level, pqt_view in,
                                codec_target out, size_t *size_bytes, pqt_error *error)
{
    if (!context->zstd_compressor) context->zstd_compressor = ZSTD_createCCtx();
    if (!context->zstd_compressor) return error_no_memory(error, sizeof(void *));
    const size_t got = ZSTD_compressCCtx(context->zstd_compressor, out.data,
                                         out.size_bytes, in.data, in.size_bytes, level);
    if (ZSTD_isError(got))
        return error_set(error, PQT_NOMEM, "zstd: %s", ZSTD_getErrorName(got));
    *size_bytes = got;
    return PQT_OK;
}

/* Inflates member after member, as a gzip file may have several (Compression.md). */
static pqt_status inflate_members(z_stream *stream, codec_target out, pqt_error *error)
{
    for (;;) {
        const int result = inflate(stream, Z_FINISH);
        if (result != Z_STREAM_END)
            return error_set(error, PQT_CORRUPT, "gzip: %s (%zu bytes out, expected %zu)",
                             stream->msg ? stream->msg : "data that do not end",
                             out.size_bytes - stream->avail_out, out.size_bytes);
        if (stream->avail_in == 0) break;
        if (inflateReset(stream) != Z_OK)
            return error_set(error, PQT_INTERNAL, "gzip: cannot start another member");
    }
    return check_length("gzip", out.size_bytes - stream->avail_out, out, error);
}

enum { GZIP_OR_ZLIB_WINDOW = 15 + 32, GZIP_WINDOW = 15 + 16, GZIP_MEMORY_LEVEL = 8 };

static pqt_status decompress_gzip(codec_context *context, pqt_view in, codec_target out,
                                  pqt_error *error)
{
    (void)context;
    if (in.size_bytes > UINT_MAX || out.size_bytes > UINT_MAX)
        return error_set(error, PQT_LIMIT, "gzip: page of more than 4 GiB");
    z_stream stream = {.next_in = (Bytef *)in.data,
                       .avail_in = (uInt)in.size_bytes,
                       .next_out = out.data,
                       .avail_out = (uInt)out.size_bytes};
    if (inflateInit2(&stream, GZIP_OR_ZLIB_WINDOW) != Z_OK)
        return error_no_memory(error, sizeof stream);
    const pqt_status status = inflate_members(&stream, out, error);
    inflateEnd(&stream);
    return status;
}

static size_t bound_gzip(size_t size_bytes)
{
    enum { GZIP_HEADER_BYTES = 18 };
    if (size_bytes > UINT_MAX / 2) return 0;
    return compressBound((uLong)size_bytes) + GZIP_HEADER_BYTES;
}

static pqt_status compress_gzip(codec_context *context, int32_t level, pqt_view in,
                                codec_target out, size_t *size_bytes, pqt_error *error)
{
    (void)context;
    z_stream stream = {.next_in = (Bytef *)in.data,
                       .avail_in = (uInt)in.size_bytes,
                       .next_out = out.data,
                       .avail_out = (uInt)out.size_bytes};
    if (deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return error_no_memory(error, sizeof stream);
    const int result = deflate(&stream, Z_FINISH);
    *size_bytes = out.size_bytes - stream.avail_out;
    deflateEnd(&stream);
    if (result == Z_STREAM_END) return PQT_OK;
    return error_set(error, PQT_INTERNAL, "gzip: cannot compress %zu bytes",
                     in.size_bytes);
}

#ifdef PQT_WITH_SNAPPY
static pqt_status decompress_snappy(codec_context *context, pqt_view in, codec_target out,
                                    pqt_error *error)
{
    (void)context;
    size_t length = 0;
    if (snappy_uncompressed_length((const char *)in.data, in.size_bytes, &length) !=
        SNAPPY_OK)
        return error_set(error, PQT_CORRUPT, "snappy: no length at the start");
    TRY(check_length("snappy", length, out, error));
    if (snappy_uncompress((const char *)in.data, in.size_bytes, (char *)out.data,
                          &length) != SNAPPY_OK)
        return error_set(error, PQT_CORRUPT, "snappy: damaged data");
    return check_length("snappy", length, out, error);
}

static pqt_status compress_snappy(codec_context *context, int32_t level, pqt_view in,
                                  codec_target out, size_t *size_bytes, pqt_error *error)
{
    (void)context;
    (void)level;
    size_t length = out.size_bytes;
    if (snappy_compress((const char *)in.data, in.size_bytes, (char *)out.data,
                        &length) != SNAPPY_OK)
        return error_set(error, PQT_INTERNAL, "snappy: cannot compress %zu bytes",
                         in.size_bytes);
    *size_bytes = length;
    return PQT_OK;
}
#define SNAPPY_ROW                                                              \
    {                                                                           \
        .decompress = decompress_snappy, .bound = snappy_max_compressed_length, \
        .compress = compress_snappy                                             \
    }
#else
#define SNAPPY_ROW                       \
    {                                    \
        .absent = "built without snappy" \
    }
#endif

#ifdef PQT_WITH_LZ4
/* One raw block into the first bytes of the target; false where it is damaged. */
static bool decompress_lz4_block(pqt_view in, codec_target out, size_t *size_bytes)
{
    if (in.size_bytes > INT_MAX || out.size_bytes > INT_MAX) return false;
    const int got = LZ4_decompress_safe((const char *)in.data, (char *)out.data,
                                        (int)in.size_bytes, (int)out.size_bytes);
    if (got < 0) return false;
    *size_bytes = (size_t)got;
    return true;
}

static pqt_status decompress_lz4(codec_context *context, pqt_view in, codec_target out,
                                 pqt_error *error)
{
    (void)context;
    size_t got = 0;
    if (!decompress_lz4_block(in, out, &got))
        return error_set(error, PQT_CORRUPT, "lz4: damaged data");
    return check_length("lz4", got, out, error);
}

/* The blocks of one Hadoop frame of `frame_bytes`; advances the target. */
static bool decompress_hadoop_frame(cursor *c, size_t frame_bytes, codec_target *out)
{
    if (frame_bytes > out->size_bytes) return false;
    while (frame_bytes > 0) {
        pqt_view length;
        pqt_view block;
        size_t got = 0;
        if (!cursor_bytes(c, 4, &length) ||
            !cursor_bytes(c, load_u32be(length.data), &block) ||
            !decompress_lz4_block(block, (codec_target){out->data, frame_bytes}, &got) ||
            got == 0)
            return false;
        frame_bytes -= got;
        out->data += got;
        out->size_bytes -= got;
    }
    return true;
}

static bool decompress_hadoop_frames(pqt_view in, codec_target out)
{
    cursor c = cursor_of(in);
    while (cursor_left(&c) > 0) {
        pqt_view length;
        if (!cursor_bytes(&c, 4, &length) ||
            !decompress_hadoop_frame(&c, load_u32be(length.data), &out))
            return false;
    }
    return out.size_bytes == 0;
}

/* Hadoop's framing is not in the format's text; some writers left it away. */
static pqt_status decompress_lz4_hadoop(codec_context *context, pqt_view in,
                                        codec_target out, pqt_error *error)
{
    if (decompress_hadoop_frames(in, out)) return PQT_OK;
    return decompress_lz4(context, in, out, error);
}

static size_t bound_lz4(size_t size_bytes)
{
    return size_bytes > LZ4_MAX_INPUT_SIZE ? 0
                                           : (size_t)LZ4_compressBound((int)size_bytes);
}

static pqt_status compress_lz4(codec_context *context, int32_t level, pqt_view in,
                               codec_target out, size_t *size_bytes, pqt_error *error)
{
    (void)context;
    (void)level;
    const int room = out.size_bytes > INT_MAX ? INT_MAX : (int)out.size_bytes;
    const int got = LZ4_compress_default((const char *)in.data, (char *)out.data,
                                         (int)in.size_bytes, room);
    if (got <= 0)
        return error_set(error, PQT_INTERNAL, "lz4: cannot compress %zu bytes",
                         in.size_bytes);
    *size_bytes = (size_t)got;
    return PQT_OK;
}
#define LZ4_ROW                                                                    \
    {                                                                              \
        .decompress = decompress_lz4, .bound = bound_lz4, .compress = compress_lz4 \
    }
#define LZ4_HADOOP_ROW                      \
    {                                       \
        .decompress = decompress_lz4_hadoop \
    }
#else
#define LZ4_ROW                       \
    {                                 \
        .absent = "built without lz4" \
    }
#define LZ4_HADOOP_ROW                \
    {                                 \
        .absent = "built without lz4" \
    }
#endif

#ifdef PQT_WITH_BROTLI
static pqt_status decompress_brotli(codec_context *context, pqt_view in, codec_target out,
                                    pqt_error *error)
{
    (void)context;
    size_t got = out.size_bytes;
    if (BrotliDecoderDecompress(in.size_bytes, in.data, &got, out.data) !=
        BROTLI_DECODER_RESULT_SUCCESS)
        return error_set(error, PQT_CORRUPT, "brotli: damaged data");
    return check_length("brotli", got, out, error);
}

static pqt_status compress_brotli(codec_context *context, int32_t level, pqt_view in,
                                  codec_target out, size_t *size_bytes, pqt_error *error)
{
    (void)context;
    size_t got = out.size_bytes;
    if (!BrotliEncoderCompress(level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC,
                               in.size_bytes, in.data, &got, out.data))
        return error_set(error, PQT_INTERNAL, "brotli: cannot compress %zu bytes",
                         in.size_bytes);
    *size_bytes = got;
    return PQT_OK;
}
#define BROTLI_ROW                                                                \
    {                                                                             \
        .default_level = 5, .max_level = BROTLI_MAX_QUALITY,                      \
        .decompress = decompress_brotli, .bound = BrotliEncoderMaxCompressedSize, \
        .compress = compress_brotli                                               \
    }
#else
#define BROTLI_ROW                       \
    {                                    \
        .absent = "built without brotli" \
    }
#endif

static const codec_row rows[] = {
    [PQT_UNCOMPRESSED] = {.decompress = decompress_none,
                          .bound = bound_same,
                          .compress = compress_none},
    [PQT_SNAPPY] = SNAPPY_ROW,
    [PQT_GZIP] = {.default_level = 6,
                  .max_level = 9,
                  .decompress = decompress_gzip,
                  .bound = bound_gzip,
                  .compress = compress_gzip},
    [PQT_LZO] = {.absent = "not supported: no LZO library may be linked"},
    [PQT_BROTLI] = BROTLI_ROW,
    [PQT_LZ4_HADOOP] = LZ4_HADOOP_ROW,
    [PQT_ZSTD] = {.default_level = 3,
                  .max_level = 22,
                  .decompress = decompress_zstd,
                  .bound = bound_zstd,
                  .compress = compress_zstd},
    [PQT_LZ4_RAW] = LZ4_ROW,
};

static pqt_status find_row(pqt_codec codec, const codec_row **row, pqt_error *error)
{
    if ((unsigned)codec >= sizeof rows / sizeof rows[0])
        return error_set(error, PQT_UNSUPPORTED, "codec %d is unknown", (int)codec);
    if (rows[codec].absent)
        return error_set(error, PQT_UNSUPPORTED, "codec %s: %s", pqt_codec_name(codec),
                         rows[codec].absent);
    *row = &rows[codec];
    return PQT_OK;
}

pqt_status codec_check(pqt_codec codec, pqt_error *error)
{
    const codec_row *row = NULL;
    return find_row(codec, &row, error);
}

pqt_status codec_decompress(codec_context *context, pqt_codec codec, pqt_view in,
                            codec_target out, pqt_error *error)
{
    const codec_row *row = NULL;
    TRY(find_row(codec, &row, error));
    return row->decompress(context, in, out, error);
}

pqt_status codec_compress(codec_context *context, codec_setting setting, pqt_view in,
                          buffer *out, pqt_error *error)
{
    const codec_row *row = NULL;
    TRY(find_row(setting.codec, &row, error));
    if (!row->compress)
        return error_set(error, PQT_UNSUPPORTED, "codec %s is read only; use LZ4_RAW",
                         pqt_codec_name(setting.codec));
    if (setting.level < 0 || setting.level > row->max_level)
        return error_set(error, PQT_INVALID, "level %d of codec %s is not in 0..%d",
                         (int)setting.level, pqt_codec_name(setting.codec),
                         (int)row->max_level);
    const size_t bound = row->bound(in.size_bytes);
    if (in.size_bytes > 0 && bound == 0)
        return error_set(error, PQT_LIMIT, "codec %s: %zu bytes are too many",
                         pqt_codec_name(setting.codec), in.size_bytes);
    TRY(buffer_reserve(out, bound, error));
    const codec_target target = {out->data + out->size_bytes, bound};
    const int32_t level = setting.level ? setting.level : row->default_level;
    size_t got = 0;
    TRY(row->compress(context, level, in, target, &got, error));
    out->size_bytes += got;
    return PQT_OK;
}

void codec_context_free(codec_context *context)
{
    if (!context) return;
    ZSTD_freeDCtx(context->zstd_decompressor);
    ZSTD_freeCCtx(context->zstd_compressor);
    *context = (codec_context){0};
}
