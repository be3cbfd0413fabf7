#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_help.h"

static void file_write_and_read_back(void **state)
{
    (void)state;
    pqt_error error;
    int descriptor;
    assert_ok(file_open_temporary("/tmp", &descriptor, &error));
    assert_ok(file_write_all(descriptor, "hello", 5, "temporary", &error));
    char back[5];
    assert_ok(file_read_at(descriptor, 0, back, 5, "temporary", &error));
    assert_memory_equal(back, "hello", 5);
    assert_fails(file_read_at(descriptor, 3, back, 5, "temporary", &error), PQT_IO,
                 "ends 3 bytes before");
    assert_ok(file_sync(descriptor, "temporary", &error));
    close(descriptor);
}

static void file_write_that_fails_names_the_folder(void **state)
{
    (void)state;
    pqt_error error;
    const int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    const temporary_folder chosen = {"/the/folder", true}, of_store = {"/the/store", false};
    assert_fails(file_write_temporary(full, "x", 1, &chosen, &error), PQT_IO,
                 "in /the/folder (--temporary-directory chooses another folder): No space");
    assert_fails(file_write_temporary(full, "x", 1, &of_store, &error), PQT_IO,
                 "in /the/store: No space");
    close(full);
}

static void file_directories_and_limits(void **state)
{
    (void)state;
    pqt_error error;
    char root[] = "/tmp/pqa-test-XXXXXX";
    assert_non_null(mkdtemp(root));
    char deep[64], file[80];
    snprintf(deep, sizeof deep, "%s/a//b/c/", root);
    assert_ok(file_make_directories(deep, &error));
    assert_ok(file_make_directories(deep, &error));
    snprintf(file, sizeof file, "%s/a/b/c/f", root);
    const int descriptor = open(file, O_CREAT | O_WRONLY, 0600);
    assert_ok(file_write_all(descriptor, "0123456789", 10, file, &error));
    close(descriptor);
    buffer content = {0};
    assert_fails(file_read_whole(file, 9, &content, &error), PQT_LIMIT, "has 10 bytes");
    assert_ok(file_read_whole(file, 10, &content, &error));
    assert_view_is(buffer_view(&content), "0123456789");
    assert_fails(file_read_whole(root, 10, &content, &error), PQT_INVALID, "regular");
    assert_fails(file_make_directories(file, &error), PQT_INVALID, "not a directory");
    assert_fails(file_read_whole("/nonexistent/x", 10, &content, &error), PQT_NOT_FOUND,
                 "/nonexistent/x");
    buffer_free(&content);
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_write_and_read_back),
        cmocka_unit_test(file_write_that_fails_names_the_folder),
        cmocka_unit_test(file_directories_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
