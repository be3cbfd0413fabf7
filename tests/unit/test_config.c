#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/options.h"
#include "test_help.h"

static char path[] = "/tmp/test_config.XXXXXX";

static int make_file(void **state)
{
    (void)state;
    const int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

/* Reads a settings file with this content; the caller frees the options. */
static pqt_status read_content(struct options *o, const char *content, size_t size,
                               pqt_error *error)
{
    FILE *const file = fopen(path, "wb");
    if (!file || fwrite(content, 1, size, file) != size || fclose(file) != 0)
        fail_msg("cannot write %s", path);
    options_init(o, 0);
    o->config = path;
    const pqt_status status = options_parse_file(o, error);
    if (status != PQT_OK) options_free(o);
    return status;
}

static pqt_status read_text(struct options *o, const char *text, pqt_error *error)
{
    return read_content(o, text, strlen(text), error);
}

static void config_names_and_values_are_read(void **state)
{
    (void)state;
    struct options o;
    pqt_error error;
    assert_ok(
        read_text(&o,
                  "# comment\r\n\n  store = /srv/a b  \r\n\tdb=\tpostgresql:///x?a=b#c\n"
                  "page_views_table = \"views\"\nportable = yes\nlimit=7",
                  &error));
    assert_string_equal(o.store, "/srv/a b");
    assert_string_equal(o.db, "postgresql:///x?a=b#c");
    assert_string_equal(o.names.page_views, "views");
    assert_true(o.portable);
    assert_int_equal(o.limit, 7);
    options_free(&o);
}

static void config_byte_order_mark_is_skipped(void **state)
{
    (void)state;
    struct options o;
    pqt_error error;
    assert_ok(read_text(&o, "\xef\xbb\xbfstore = a\n", &error));
    assert_string_equal(o.store, "a");
    options_free(&o);
    assert_ok(read_text(&o, "", &error));
    assert_null(o.store);
    options_free(&o);
}

static void config_mistakes_name_the_line(void **state)
{
    (void)state;
    struct options o;
    pqt_error error;
    assert_fails(read_text(&o, "\nstor = a\n", &error), PQT_INVALID,
                 ":2: there is no setting 'stor'; did you mean store?");
    assert_fails(read_text(&o, "store = a\n\nstore = b\n", &error), PQT_INVALID,
                 ":3: store is set in line 1 already");
    assert_fails(read_text(&o, "page-views-table = a\npage_views_table = b", &error),
                 PQT_INVALID, "line 1 already");
    assert_fails(read_text(&o, "store\n", &error), PQT_INVALID,
                 ":1: expected 'name = value'");
    assert_fails(read_text(&o, "store =\n", &error), PQT_INVALID,
                 ":1: store: the value is");
    assert_fails(read_text(&o, "= a\n", &error), PQT_INVALID,
                 ":1: there is no setting ''");
    assert_fails(read_text(&o, "limit = ten\n", &error), PQT_INVALID, ":1: limit: 'ten'");
    assert_fails(read_text(&o, "config = x\n", &error), PQT_INVALID,
                 "no setting 'config'");
}

static void config_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct options o;
    pqt_error error;
    assert_fails(read_content(&o, "store = a\0b\n", 12, &error), PQT_INVALID,
                 "byte 9 is not text");
    assert_fails(read_text(&o, "store = \xff\n", &error), PQT_INVALID,
                 "byte 8 is not text");
    options_init(&o, 0);
    o.config = "/tmp";
    assert_fails(options_parse_file(&o, &error), PQT_INVALID, "not a regular file");
    o.config = "/tmp/there/is/none.conf";
    assert_fails(options_parse_file(&o, &error), PQT_NOT_FOUND,
                 "/tmp/there/is/none.conf");
}

static void config_is_found_by_xdg(void **state)
{
    (void)state;
    struct options o;
    pqt_error error;
    setenv("XDG_CONFIG_HOME", "/tmp/there/is", 1);
    options_init(&o, 0);
    assert_ok(options_parse_file(&o, &error));
    assert_null(o.store);
    unsetenv("XDG_CONFIG_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_names_and_values_are_read),
        cmocka_unit_test(config_byte_order_mark_is_skipped),
        cmocka_unit_test(config_mistakes_name_the_line),
        cmocka_unit_test(config_that_is_no_text_is_refused),
        cmocka_unit_test(config_is_found_by_xdg),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
