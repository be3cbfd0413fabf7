#include "parquet/crypto_aad.h"
#include "test_help.h"

static void suffix_has_the_ordinals_that_the_type_needs(void **state)
{
    (void)state;
    static const struct {
        crypto_module_type type;
        uint8_t suffix[CRYPTO_SUFFIX_BYTES];
        size_t suffix_bytes;
    } cases[] = {
        {CRYPTO_FOOTER, {0}, 1},
        {CRYPTO_COLUMN_METADATA, {1, 0x02, 0x01, 0xff, 0x7f}, 5},
        {CRYPTO_DATA_PAGE, {2, 0x02, 0x01, 0xff, 0x7f, 0x05, 0x00}, 7},
        {CRYPTO_DICTIONARY_PAGE, {3, 0x02, 0x01, 0xff, 0x7f}, 5},
        {CRYPTO_DATA_PAGE_HEADER, {4, 0x02, 0x01, 0xff, 0x7f, 0x05, 0x00}, 7},
        {CRYPTO_DICTIONARY_PAGE_HEADER, {5, 0x02, 0x01, 0xff, 0x7f}, 5},
        {CRYPTO_COLUMN_INDEX, {6, 0x02, 0x01, 0xff, 0x7f}, 5},
        {CRYPTO_OFFSET_INDEX, {7, 0x02, 0x01, 0xff, 0x7f}, 5},
        {CRYPTO_BLOOM_FILTER_HEADER, {8, 0x02, 0x01, 0xff, 0x7f}, 5},
        {CRYPTO_BLOOM_FILTER_BITSET, {9, 0x02, 0x01, 0xff, 0x7f}, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const pqt_view file = view_text("prefix and unique");
        const crypto_place place = {cases[i].type, 0x0102, 0x7fff, 5};
        const crypto_aad aad = crypto_aad_of(file, place);
        assert_true(view_equal(aad.file, file));
        assert_int_equal(aad.suffix_bytes, cases[i].suffix_bytes);
        assert_memory_equal(aad.suffix, cases[i].suffix, aad.suffix_bytes);
    }
}

static void names_are_those_of_the_specification(void **state)
{
    (void)state;
    assert_string_equal(crypto_module_name(CRYPTO_FOOTER), "footer");
    assert_string_equal(crypto_module_name(CRYPTO_BLOOM_FILTER_BITSET),
                        "bloom filter bitset");
    assert_string_equal(crypto_module_name((crypto_module_type)10), "module");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suffix_has_the_ordinals_that_the_type_needs),
        cmocka_unit_test(names_are_those_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
