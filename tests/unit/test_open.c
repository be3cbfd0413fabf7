/* What is opened is no regular file, cannot be read, or changes under the reader. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "bad_input.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pqt-open-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[2][128];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *path, const void *bytes, size_t size_bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size_bytes, file), size_bytes);
    assert_int_equal(fclose(file), 0);
}

static void write_good(const char *path)
{
    made_file f = made_file_good();
    const pqt_view bytes = made_file_write(&f);
    write_file(path, bytes.data, bytes.size_bytes);
    made_file_free(&f);
}

static pqt_status open_and_read(const char *path, pqt_error *error)
{
    pqt_reader *reader = NULL;
    alarm(BAD_INPUT_SECONDS);
    pqt_status status = pqt_reader_open_file(path, NULL, &reader, error);
    if (status == PQT_OK) {
        status = bad_input_read_chunks(reader, error);
        pqt_reader_close(reader);
    }
    alarm(0);
    return status;
}

static void what_is_no_file_is_refused_at_once(void **state)
{
    (void)state;
    pqt_error error;
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    assert_fails(open_and_read(path_of("fifo"), &error), PQT_INVALID,
                 "not a regular file");
    assert_fails(open_and_read(folder, &error), PQT_INVALID, "not a regular file");
    assert_fails(open_and_read("/dev/null", &error), PQT_INVALID, "not a regular file");
    assert_fails(open_and_read("/dev/zero", &error), PQT_INVALID, "not a regular file");
    assert_fails(open_and_read(path_of("none"), &error), PQT_NOT_FOUND, "none");
    assert_fails(open_and_read("", &error), PQT_NOT_FOUND, "cannot open");
    write_file(path_of("empty"), "", 0);
    assert_fails(open_and_read(path_of("empty"), &error), PQT_CORRUPT, "it has 0 bytes");
    assert_fails(open_and_read(path_of("empty/below"), &error), PQT_IO, "cannot open");
}

static void files_by_other_names_are_read(void **state)
{
    (void)state;
    pqt_error error;
    write_good(path_of("good"));
    assert_int_equal(symlink(path_of("good"), path_of("symlink")), 0);
    assert_ok(open_and_read(path_of("symlink"), &error));
    assert_int_equal(link(path_of("good"), path_of("link")), 0);
    assert_ok(open_and_read(path_of("link"), &error));
    assert_int_equal(symlink(path_of("round"), path_of("round")), 0);
    assert_fails(open_and_read(path_of("round"), &error), PQT_IO, "round");
}

static void file_without_permission_is_denied(void **state)
{
    (void)state;
    pqt_error error;
    if (geteuid() == 0) skip(); /* may read everything */
    write_good(path_of("secret"));
    assert_int_equal(chmod(path_of("secret"), 0), 0);
    assert_fails(open_and_read(path_of("secret"), &error), PQT_DENIED, "secret");
}

/* A file large enough that its pages are not read with its footer. */
static void write_large(const char *path, int32_t value, buffer *body)
{
    enum { COUNT = 100000 };
    pqt_error error;
    uint8_t bytes[4];
    buffer_clear(body);
    store_u32le(bytes, (uint32_t)value);
    for (int i = 0; i < COUNT; i++) assert_ok(buffer_append(body, bytes, 4, &error));
    made_file f = made_file_of(PQT_INT32, PQT_REQUIRED,
                               made_page_of(PQT_PLAIN, COUNT, buffer_view(body)), COUNT);
    const pqt_view file = made_file_write(&f);
    write_file(path, file.data, file.size_bytes);
    made_file_free(&f);
}

/* The reader has the old file, whatever stands at its name now. */
static void file_replaced_under_the_reader_stays_what_it_was(void **state)
{
    (void)state;
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    buffer body = {0};
    write_large(path_of("one"), 1, &body);
    write_large(path_of("two"), 2, &body);
    assert_ok(pqt_reader_open_file(path_of("one"), NULL, &reader, &error));
    assert_int_equal(rename(path_of("two"), path_of("one")), 0);
    assert_ok(pqt_reader_read(reader, 0, 0, 50000, 1, &values, &error));
    assert_int_equal(values.int32s[0], 1);
    pqt_values_free(&values);
    pqt_reader_close(reader);
    buffer_free(&body);
}

static void file_cut_under_the_reader_is_an_error(void **state)
{
    (void)state;
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    buffer body = {0};
    write_large(path_of("cut"), 1, &body);
    assert_ok(pqt_reader_open_file(path_of("cut"), NULL, &reader, &error));
    assert_int_equal(truncate(path_of("cut"), 1000), 0);
    assert_fails(pqt_reader_read(reader, 0, 0, 0, 100000, &values, &error), PQT_IO,
                 "cut");
    assert_int_equal(truncate(path_of("cut"), 0), 0);
    assert_fails(pqt_reader_read(reader, 0, 0, 0, 1, &values, &error), PQT_IO, "cut");
    pqt_values_free(&values);
    pqt_reader_close(reader);
    buffer_free(&body);
}

/* Written over with zeros, as after a crash: told by what is in the page. */
static void file_overwritten_under_the_reader_is_an_error(void **state)
{
    (void)state;
    pqt_error error;
    pqt_reader *reader = NULL;
    pqt_values values = {0};
    buffer body = {0};
    write_large(path_of("zeros"), 1, &body);
    assert_ok(pqt_reader_open_file(path_of("zeros"), NULL, &reader, &error));
    assert_int_equal(truncate(path_of("zeros"), 0), 0);
    assert_int_equal(truncate(path_of("zeros"), 500000), 0);
    assert_fails(pqt_reader_read(reader, 0, 0, 0, 100000, &values, &error), PQT_CORRUPT,
                 "page header lacks a required field");
    pqt_values_free(&values);
    pqt_reader_close(reader);
    buffer_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_refused_at_once),
        cmocka_unit_test(files_by_other_names_are_read),
        cmocka_unit_test(file_without_permission_is_denied),
        cmocka_unit_test(file_replaced_under_the_reader_stays_what_it_was),
        cmocka_unit_test(file_cut_under_the_reader_is_an_error),
        cmocka_unit_test(file_overwritten_under_the_reader_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
