#include "parquet/codec.h"

#include "test_help.h"

static const pqt_codec written[] = {PQT_UNCOMPRESSED, PQT_SNAPPY, PQT_GZIP,
                                    PQT_BROTLI,       PQT_ZSTD,   PQT_LZ4_RAW};
enum { WRITTEN = sizeof written / sizeof written[0] };

/* Compressible, with every byte value in it. */
static void fill_text(uint8_t *text, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) text[i] = (uint8_t)((i / 7) ^ (i >> 8));
}

static void codec_round_trip_gives_same_bytes(void **state)
{
    (void)state;
    pqt_error error;
    uint8_t text[70000];
    uint8_t back[sizeof text];
    fill_text(text, sizeof text);
    const size_t sizes[] = {0, 1, 100, sizeof text};
    codec_context context = {0};
    buffer packed = {0};
    for (size_t i = 0; i < WRITTEN; i++) {
        if (codec_check(written[i], NULL) != PQT_OK) continue;
        for (size_t s = 0; s < 4; s++) {
            buffer_clear(&packed);
            assert_ok(buffer_append_u8(&packed, 42, &error));
            assert_ok(codec_compress(&context, (codec_setting){written[i], 0},
                                     view_of(text, sizes[s]), &packed, &error));
            assert_int_equal(packed.data[0], 42);
            memset(back, 0xee, sizes[s]);
            assert_ok(codec_decompress(&context, written[i],
                                       view_of(packed.data + 1, packed.size_bytes - 1),
                                       (codec_target){back, sizes[s]}, &error));
            assert_memory_equal(text, back, sizes[s]);
        }
    }
    buffer_free(&packed);
    codec_context_free(&context);
}

static void codec_wrong_size_is_corrupt(void **state)
{
    (void)state;
    pqt_error error;
    uint8_t text[1000];
    uint8_t back[sizeof text + 1];
    fill_text(text, sizeof text);
    codec_context context = {0};
    buffer packed = {0};
    for (size_t i = 0; i < WRITTEN; i++) {
        if (codec_check(written[i], NULL) != PQT_OK) continue;
        buffer_clear(&packed);
        assert_ok(codec_compress(&context, (codec_setting){written[i], 0},
                                 view_of(text, sizeof text), &packed, &error));
        assert_fails(codec_decompress(&context, written[i], buffer_view(&packed),
                                      (codec_target){back, sizeof text - 1}, &error),
                     PQT_CORRUPT, "");
        assert_fails(codec_decompress(&context, written[i], buffer_view(&packed),
                                      (codec_target){back, sizeof text + 1}, &error),
                     PQT_CORRUPT, "");
        assert_fails(codec_decompress(&context, written[i],
                                      view_of(packed.data, packed.size_bytes / 2),
                                      (codec_target){back, sizeof text}, &error),
                     PQT_CORRUPT, "");
    }
    buffer_free(&packed);
    codec_context_free(&context);
}

static void codec_gzip_of_two_members_is_read_whole(void **state)
{
    (void)state;
    pqt_error error;
    codec_context context = {0};
    buffer packed = {0};
    const codec_setting gzip = {PQT_GZIP, 0};
    assert_ok(codec_compress(&context, gzip, view_text("first "), &packed, &error));
    assert_ok(codec_compress(&context, gzip, view_text("second"), &packed, &error));
    char back[12];
    assert_ok(codec_decompress(&context, PQT_GZIP, buffer_view(&packed),
                               (codec_target){(uint8_t *)back, sizeof back}, &error));
    assert_memory_equal(back, "first second", sizeof back);
    buffer_free(&packed);
    codec_context_free(&context);
}

static void codec_hadoop_lz4_reads_frames_and_raw_blocks(void **state)
{
    (void)state;
    pqt_error error;
    if (codec_check(PQT_LZ4_RAW, NULL) != PQT_OK) skip();
    codec_context context = {0};
    buffer framed = {0};
    buffer block = {0};
    assert_ok(codec_compress(&context, (codec_setting){PQT_LZ4_RAW, 0},
                             view_text("hello hello"), &block, &error));
    const uint8_t head[8] = {0, 0, 0, 11, 0, 0, 0, (uint8_t)block.size_bytes};
    char back[22];
    for (int i = 0; i < 2; i++) {
        assert_ok(buffer_append(&framed, head, sizeof head, &error));
        assert_ok(buffer_append(&framed, block.data, block.size_bytes, &error));
    }
    assert_ok(codec_decompress(&context, PQT_LZ4_HADOOP, buffer_view(&framed),
                               (codec_target){(uint8_t *)back, 22}, &error));
    assert_memory_equal(back, "hello hellohello hello", 22);
    assert_ok(codec_decompress(&context, PQT_LZ4_HADOOP, buffer_view(&block),
                               (codec_target){(uint8_t *)back, 11}, &error));
    assert_fails(codec_compress(&context, (codec_setting){PQT_LZ4_HADOOP, 0},
                                view_text("x"), &framed, &error),
                 PQT_UNSUPPORTED, "LZ4_RAW");
    buffer_free(&framed);
    buffer_free(&block);
}

static void codec_unknown_or_absent_is_unsupported(void **state)
{
    (void)state;
    pqt_error error;
    codec_context context = {0};
    uint8_t out[1];
    const codec_target target = {out, 1};
    assert_fails(codec_decompress(&context, PQT_LZO, view_text("x"), target, &error),
                 PQT_UNSUPPORTED, "LZO");
    assert_fails(
        codec_decompress(&context, (pqt_codec)99, view_text("x"), target, &error),
        PQT_UNSUPPORTED, "99");
    buffer packed = {0};
    assert_fails(codec_compress(&context, (codec_setting){PQT_ZSTD, 23}, view_text("x"),
                                &packed, &error),
                 PQT_INVALID, "23");
    buffer_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codec_round_trip_gives_same_bytes),
        cmocka_unit_test(codec_wrong_size_is_corrupt),
        cmocka_unit_test(codec_gzip_of_two_members_is_read_whole),
        cmocka_unit_test(codec_hadoop_lz4_reads_frames_and_raw_blocks),
        cmocka_unit_test(codec_unknown_or_absent_is_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
