#include "cli/options.h"

#include <stdlib.h>

#include "base/date.h"
#include "test_help.h"

enum { TODAY = 20472 }; /* 2026-01-19 */

typedef struct fixture {
    struct options options;
    const char *words[16];
    parsed_words parsed;
} fixture;

static void start(fixture *f)
{
    options_init(&f->options, TODAY);
    f->parsed = (parsed_words){.words = f->words};
}

static pqt_status parse(fixture *f, const char *const *arguments, int count,
                        pqt_error *error)
{
    options_free(&f->options);
    start(f);
    return options_parse_flags(&f->options, count, arguments, &f->parsed, error);
}

#define PARSE(f, error, ...)                     \
    parse(f, (const char *const[]){__VA_ARGS__}, \
          (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), error)

static void table_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *const o = &options_table[i];
        assert_non_null(o->name);
        assert_non_null(o->help);
        assert_true(o->groups != 0);
        assert_true((o->kind == KIND_FLAG) == (o->argument == NULL));
        assert_int_equal(option_find(o->name, strlen(o->name)), i);
    }
}

static void variables_that_are_nearly_ours_are_misspelt(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *meant;
    } cases[] = {{"PQA_STROE=x", "PQA_STORE"},
                 {"PQA_CACHE_DIRECTOY=x", "PQA_CACHE_DIRECTORY"},
                 {"PQA_STORES", "PQA_STORE"}},
      fine[] = {{"PQA_STORE=x", NULL},     {"PQA_DB=", NULL},     {"PQA_VERSION=1", NULL},
                {"PQA_CHECK_ALL=1", NULL}, {"PQA_BIN=x", NULL},   {"PQA_WHEEL=x", NULL},
                {"PQA_LIBRARY=x", NULL},   {"QPA_STORE=x", NULL}, {"PQA_=x", NULL}};
    char meant[VARIABLE_TEXT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(options_is_misspelt(cases[i].variable, meant));
        assert_string_equal(meant, cases[i].meant);
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (options_is_misspelt(fine[i].variable, meant))
            fail_msg("%s is taken for %s", fine[i].variable, meant);
}

static void flags_in_any_order_are_stored(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    assert_ok(PARSE(&f, &error, "--limit", "5", "top", "--format=json", "django",
                    "--since", "-7d"));
    assert_int_equal(f.parsed.count, 2);
    assert_string_equal(f.parsed.words[0], "top");
    assert_string_equal(f.parsed.words[1], "django");
    assert_int_equal(f.options.limit, 5);
    assert_int_equal(f.options.format, FORMAT_JSON);
    assert_int_equal(f.options.since, TODAY - 7);
    assert_true(option_given(&f.options, OPTION_SINCE));
    assert_false(option_given(&f.options, OPTION_UNTIL));
    options_free(&f.options);
}

static void flags_after_two_dashes_are_words(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    assert_ok(PARSE(&f, &error, "top", "--", "--limit", "-h", "-x"));
    assert_int_equal(f.parsed.count, 4);
    assert_false(f.options.help);
    assert_ok(PARSE(&f, &error, "top", "-h", "-"));
    assert_true(f.options.help);
    assert_string_equal(f.parsed.words[1], "-");
}

static void flag_mistakes_are_refused(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    assert_fails(PARSE(&f, &error, "--limt", "5"), PQT_INVALID, "did you mean --limit?");
    assert_fails(PARSE(&f, &error, "--nothing-like-it"), PQT_INVALID,
                 "no option --nothing-like-it");
    assert_fails(PARSE(&f, &error, "--limit"), PQT_INVALID, "needs a value: --limit N");
    assert_fails(PARSE(&f, &error, "--limit", "1", "--limit=2"), PQT_INVALID, "twice");
    assert_fails(PARSE(&f, &error, "-l"), PQT_INVALID, "two dashes");
    assert_fails(PARSE(&f, &error, "--dry-run=maybe"), PQT_INVALID, "neither true nor");
    assert_fails(PARSE(&f, &error, "--store="), PQT_INVALID, "empty");
}

static void flag_values_out_of_range_are_refused(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    static const char *const bad_numbers[] = {
        "", "-1", "1e9", "0x10", " 5", "5 ", "five", "+5", "5.0", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad_numbers / sizeof *bad_numbers; i++)
        assert_fails(PARSE(&f, &error, "--limit", bad_numbers[i]), PQT_INVALID,
                     "--limit: ");
    assert_fails(PARSE(&f, &error, "--since", "2026-02-30"), PQT_INVALID,
                 "--since: '2026-02-30' is not a day");
    assert_fails(PARSE(&f, &error, "--days", "0"), PQT_INVALID, "from 1 to");
    assert_fails(PARSE(&f, &error, "--status", "0"), PQT_INVALID, "HTTP status");
    assert_fails(PARSE(&f, &error, "--status", "1000"), PQT_INVALID, "HTTP status");
    assert_fails(PARSE(&f, &error, "--format", "jsn"), PQT_INVALID, "did you mean json?");
    assert_fails(PARSE(&f, &error, "--memory", "1"), PQT_INVALID, "not a size");
    assert_fails(PARSE(&f, &error, "--memory", "64Q"), PQT_INVALID, "not a size");
    assert_fails(PARSE(&f, &error, "--memory", "9999999999T"), PQT_INVALID, "not a size");
}

static void flag_values_are_understood(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    assert_ok(
        PARSE(&f, &error, "--memory", "64M", "--status", "any", "--by", "full_path"));
    assert_int_equal(f.options.memory_bytes, 64 << 20);
    assert_int_equal(f.options.status, STATUS_ANY);
    assert_int_equal(f.options.by, BY_FULL_PATH);
    assert_ok(
        PARSE(&f, &error, "--memory=2GiB", "--project-id", "-3", "--dry-run=false"));
    assert_true(f.options.memory_bytes == (int64_t)2 << 30);
    assert_int_equal(f.options.project_id, -3);
    assert_false(f.options.dry_run);
}

static void list_keeps_every_value_in_order(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    assert_ok(
        PARSE(&f, &error, "--where", "a = 1", "--where=b = 2", "--encoding", "PLAIN"));
    assert_int_equal(f.options.where.count, 2);
    assert_string_equal(f.options.where.texts[0], "a = 1");
    assert_string_equal(f.options.where.texts[1], "b = 2");
    assert_int_equal(f.options.encodings.count, 1);
    assert_ok(option_store(&f.options, OPTION_WHERE, "c = 3", ORIGIN_ENVIRONMENT,
                           "PQA_WHERE", &error));
    assert_int_equal(f.options.where.count, 2);
    assert_fails(PARSE(&f, &error, "--where", ""), PQT_INVALID, "empty");
    options_free(&f.options);
}

static void size_says_its_least(void **state)
{
    (void)state;
    fixture f = {0};
    pqt_error error;
    assert_fails(PARSE(&f, &error, "--page-size", "1"), PQT_INVALID, "from 1 KiB on");
    assert_fails(PARSE(&f, &error, "--memory", "1K"), PQT_INVALID, "from 1 MiB on");
    options_free(&f.options);
}

static void flag_wins_over_environment_over_file(void **state)
{
    (void)state;
    fixture f = {0};
    start(&f);
    pqt_error error;
    struct options *const o = &f.options;
    assert_ok(option_store(o, OPTION_STORE, "flag", ORIGIN_FLAG, "--store", &error));
    assert_ok(
        option_store(o, OPTION_STORE, "env", ORIGIN_ENVIRONMENT, "PQA_STORE", &error));
    assert_ok(option_store(o, OPTION_DB, "env", ORIGIN_ENVIRONMENT, "PQA_DB", &error));
    assert_ok(option_store(o, OPTION_DB, "file", ORIGIN_FILE, "pqa.conf", &error));
    assert_string_equal(o->store, "flag");
    assert_string_equal(o->db, "env");
    assert_fails(
        option_store(o, OPTION_STORE, "", ORIGIN_FILE, "pqa.conf:1: store", &error),
        PQT_INVALID, "pqa.conf:1: store");
}

static void environment_is_read(void **state)
{
    (void)state;
    fixture f = {0};
    start(&f);
    pqt_error error;
    setenv("PQA_TEMPORARY_DIRECTORY", "/scratch", 1);
    setenv("PQA_STORE", "", 1);
    assert_ok(options_parse_environment(&f.options, &error));
    assert_string_equal(f.options.temporary_directory, "/scratch");
    assert_null(f.options.store);
    setenv("PQA_LIMIT", "many", 1);
    assert_fails(options_parse_environment(&f.options, &error), PQT_INVALID,
                 "PQA_LIMIT: ");
    f.options.groups = GROUP_STORE;
    unsetenv("PQA_LIMIT");
    setenv("PQA_DAYS", "90", 1);
    assert_ok(options_parse_environment(&f.options, &error));
    assert_false(option_given(&f.options, OPTION_DAYS));
    unsetenv("PQA_DAYS");
    unsetenv("PQA_STORE");
    unsetenv("PQA_TEMPORARY_DIRECTORY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_complete),
        cmocka_unit_test(variables_that_are_nearly_ours_are_misspelt),
        cmocka_unit_test(flags_in_any_order_are_stored),
        cmocka_unit_test(flags_after_two_dashes_are_words),
        cmocka_unit_test(flag_mistakes_are_refused),
        cmocka_unit_test(flag_values_out_of_range_are_refused),
        cmocka_unit_test(flag_values_are_understood),
        cmocka_unit_test(list_keeps_every_value_in_order),
        cmocka_unit_test(size_says_its_least),
        cmocka_unit_test(flag_wins_over_environment_over_file),
        cmocka_unit_test(environment_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
