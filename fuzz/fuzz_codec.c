/*
 * The first byte chooses a codec, the next two how many bytes are expected. The others
 * are decompressed; and compressed and decompressed again, which must give them back.
 */
#include "fuzz_help.h"
#include "parquet/codec.h"

static uint8_t *make_target(size_t size_bytes)
{
    uint8_t *target = malloc(size_bytes ? size_bytes : 1);
    if (!target) abort();
    return target;
}

/* Into a block of exactly the expected size, so that a byte more is seen. */
static void decompress(codec_context *context, pqt_codec codec, pqt_view in,
                       size_t size_bytes)
{
    pqt_error error = {0};
    uint8_t *target = make_target(size_bytes);
    const pqt_status status =
        codec_decompress(context, codec, in, (codec_target){target, size_bytes}, &error);
    fuzz_check_error(status, &error);
    free(target);
}

static void there_and_back(codec_context *context, codec_setting setting, pqt_view in)
{
    pqt_error error = {0};
    buffer packed = {0};
    uint8_t *target = make_target(in.size_bytes);
    const pqt_status status = codec_compress(context, setting, in, &packed, &error);
    fuzz_check_error(status, &error);
    if (status == PQT_OK) {
        if (codec_decompress(context, setting.codec, buffer_view(&packed),
                             (codec_target){target, in.size_bytes}, &error) != PQT_OK)
            abort();
        if (in.size_bytes && memcmp(in.data, target, in.size_bytes) != 0) abort();
    }
    buffer_free(&packed);
    free(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cursor input = cursor_of((pqt_view){data, size});
    const uint8_t choice = fuzz_u8(&input);
    const pqt_codec codec = (pqt_codec)(choice % 9);
    const size_t expected = fuzz_u16(&input);
    codec_context context = {0};
    decompress(&context, codec, fuzz_rest(&input), expected);
    there_and_back(&context, (codec_setting){codec, choice / 9 % 4}, fuzz_rest(&input));
    decompress(&context, codec, fuzz_rest(&input), expected); /* the context lives on */
    codec_context_free(&context);
    return 0;
}
