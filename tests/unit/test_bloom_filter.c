/* The bloom filter of the public corpus, which parquet-mr has made. */
#include <stdio.h>

#include "bad_input.h"
#include "base/file.h"

/* A made file whose only chunk has the filter in `path`. */
static pqt_reader *open_with_filter(const char *path, made_file *f, buffer *filter)
{
    pqt_error error;
    pqt_reader *reader = NULL;
    assert_ok(file_read_whole(path, 1 << 20, filter, &error));
    *f = made_file_good();
    f->groups[0].chunks[0].bloom_filter = buffer_view(filter);
    assert_ok(pqt_reader_open_memory(made_file_write(f), NULL, &reader, &error));
    return reader;
}

static bool may_contain(const pqt_reader *reader, const char *word)
{
    pqt_error error;
    bool found = false;
    assert_ok(pqt_reader_bloom_check(reader, 0, 0, view_text(word), &found, &error));
    return found;
}

static void filter_of_the_corpus_knows_its_words(void **state)
{
    (void)state;
    static const char *const words[] = {"hello", "parquet", "bloom", "filter"};
    const char *corpus = getenv("PARQUET_TEST_DATA");
    char path[512];
    made_file f;
    buffer filter = {0};
    snprintf(path, sizeof path, "%s/data/bloom_filter.xxhash.bin", corpus ? corpus : "");
    if (!corpus || access(path, R_OK) != 0) {
        print_message("skipped: the public corpus is not at PARQUET_TEST_DATA\n");
        skip();
    }
    pqt_reader *reader = open_with_filter(path, &f, &filter);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(may_contain(reader, words[i]));
    int others = 0;
    for (int i = 0; i < 100; i++) {
        char word[16];
        snprintf(word, sizeof word, "word %d", i);
        others += may_contain(reader, word);
    }
    assert_int_equal(others, 0); /* of 1024 bytes for four words */
    pqt_reader_close(reader);
    made_file_free(&f);
    buffer_free(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_of_the_corpus_knows_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
