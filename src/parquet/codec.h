/*
 * Compression of pages (Compression.md), one row of a table a codec. A codec that was
 * left out of the build says so by name.
 */
#ifndef PARQUET_CODEC_H
#define PARQUET_CODEC_H

#include "base/buffer.h"
#include "pqt.h"

/* What the codecs keep from call to call; all zero before the first. For one thread. */
typedef struct codec_context {
    void *zstd_decompressor;
    void *zstd_compressor;
} codec_context;

void codec_context_free(codec_context *context);

/* Where the bytes of a page go; as many as the page's header says. */
typedef struct codec_target {
    uint8_t *data;
    size_t size_bytes;
} codec_target;

/* A codec and its level; level 0: the codec's default. */
typedef struct codec_setting {
    pqt_codec codec;
    int32_t level;
} codec_setting;

/* Fills exactly the target. CORRUPT where the bytes give more, less or nothing;
 * UNSUPPORTED for a codec that is unknown or not built. */
pqt_status codec_decompress(codec_context *context, pqt_codec codec, pqt_view in,
                            codec_target out, pqt_error *error);

/* Appends what `in` is compressed to. INVALID for a level that the codec has not. */
pqt_status codec_compress(codec_context *context, codec_setting setting, pqt_view in,
                          buffer *out, pqt_error *error);

/* PQT_OK where the codec can be read and written in this build. */
pqt_status codec_check(pqt_codec codec, pqt_error *error);

#endif
