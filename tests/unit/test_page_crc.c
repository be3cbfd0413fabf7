#include "parquet/page_crc.h"

#include <stdlib.h>
#include <zlib.h>

#include "naive_encode.h"

/* A bit at a time. */
static uint32_t naive_crc(pqt_view bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size_bytes; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

static void every_length_and_place_has_the_checksum_of_zlib(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t size = 0; size < 700; size++) {
        const size_t shift = below(&random, 16);
        uint8_t *memory = malloc(size + shift ? size + shift : 1);
        for (size_t i = 0; i < size + shift; i++)
            memory[i] = (uint8_t)naive_random(&random);
        const pqt_view bytes = view_of(memory + shift, size);
        assert_int_equal(page_crc(bytes), naive_crc(bytes));
        if (size) assert_int_equal(page_crc(bytes), crc32_z(0, bytes.data, size));
        free(memory);
    }
    assert_int_equal(page_crc((pqt_view){0}), 0);
}

static void known_checksum_is_found(void **state)
{
    (void)state;
    assert_int_equal(page_crc(view_text("123456789")), 0xcbf43926);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_and_place_has_the_checksum_of_zlib),
        cmocka_unit_test(known_checksum_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
