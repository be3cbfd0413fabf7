#include "base/output_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "test_help.h"

/* A folder of the test's own, which it is then in. */
static int enter_folder(void **state)
{
    char template[] = "/tmp/pqa-test-XXXXXX";
    char *const folder = mkdtemp(template);
    if (!folder || chdir(folder) != 0) return -1;
    *state = strdup(folder);
    return 0;
}

/* Fails where anything but `out` and `folder` is left. */
static int leave_folder(void **state)
{
    unlink("out");
    rmdir("folder");
    const int result = chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
    free(*state);
    return result;
}

static void assert_content(const char *path, const char *expected)
{
    pqt_error error;
    buffer found = {0};
    assert_ok(file_read_whole(path, 1000, &found, &error));
    assert_view_is(buffer_view(&found), expected);
    buffer_free(&found);
}

static void write_out(const char *text, bool replace)
{
    pqt_error error;
    output_file file = {0};
    assert_ok(output_file_create("out", replace, &file, &error));
    assert_ok(output_file_write(&file, (const uint8_t *)text, strlen(text), &error));
    assert_ok(output_file_publish(&file, &error));
    output_file_free(&file);
}

static void file_has_its_name_only_when_published(void **state)
{
    (void)state;
    pqt_error error;
    output_file file = {0};
    assert_ok(output_file_create("out", false, &file, &error));
    assert_ok(output_file_write(&file, (const uint8_t *)"half", 4, &error));
    assert_int_equal(access("out", F_OK), -1);
    output_file_free(&file);
    assert_int_equal(access("out", F_OK), -1);
    write_out("whole", false);
    assert_content("out", "whole");
}

static void name_that_is_taken_meanwhile_is_kept(void **state)
{
    (void)state;
    pqt_error error;
    output_file file = {0};
    assert_ok(output_file_create("out", false, &file, &error));
    write_out("theirs", false);
    assert_fails(output_file_publish(&file, &error), PQT_INVALID, "there already");
    output_file_free(&file);
    assert_content("out", "theirs");
}

static void taken_name_is_replaced_only_when_asked(void **state)
{
    (void)state;
    pqt_error error;
    output_file file = {0};
    write_out("old", false);
    assert_fails(output_file_create("out", false, &file, &error), PQT_INVALID, "--force");
    assert_content("out", "old");
    write_out("new", true);
    assert_content("out", "new");
}

static void folder_is_never_replaced(void **state)
{
    (void)state;
    pqt_error error;
    output_file file = {0};
    assert_int_equal(mkdir("folder", 0777), 0);
    assert_fails(output_file_create("folder", true, &file, &error), PQT_INVALID,
                 "not a regular file");
    assert_fails(output_file_create("none/out", true, &file, &error), PQT_NOT_FOUND,
                 "none");
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(file_has_its_name_only_when_published),
        TEST(name_that_is_taken_meanwhile_is_kept),
        TEST(taken_name_is_replaced_only_when_asked),
        TEST(folder_is_never_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
