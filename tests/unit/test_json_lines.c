#include "api/json_lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "test_help.h"

enum { WRITERS = 4, LINES_EACH = 200, KEPT = 40 };

/* A folder of the test's own, which it is then in. */
static int enter_folder(void **state)
{
    char template[] = "/tmp/pqa-test-XXXXXX";
    char *const folder = mkdtemp(template);
    if (!folder || chdir(folder) != 0) return -1;
    *state = strdup(folder);
    return 0;
}

/* Fails where anything but `lines` is left. */
static int leave_folder(void **state)
{
    unlink("lines");
    const int result = chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
    free(*state);
    return result;
}

static pqt_status append(int64_t number, int most, pqt_error *error)
{
    return json_lines_append("lines", json_pack("{s:I}", "n", (json_int_t)number), most,
                             error);
}

/* The numbers of the file's lines, and how many there are. */
struct numbers {
    int64_t numbers[2 * WRITERS * LINES_EACH];
    int count;
};

static void take_number(void *self, const json_t *value)
{
    struct numbers *out = self;
    out->numbers[out->count++] = json_integer_value(json_object_get(value, "n"));
}

static struct numbers read_numbers(void)
{
    pqt_error error;
    struct numbers found = {0};
    assert_ok(json_lines_read("lines", take_number, &found, &error));
    return found;
}

static void write_file(const char *text)
{
    FILE *file = fopen("lines", "w");
    assert_non_null(file);
    assert_int_not_equal(fputs(text, file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void lines_are_appended_and_the_oldest_dropped(void **state)
{
    (void)state;
    pqt_error error;
    for (int n = 0; n < 100; n++) {
        assert_ok(append(n, KEPT, &error));
        const struct numbers found = read_numbers();
        assert_in_range(found.count, n < KEPT ? n + 1 : KEPT, KEPT + KEPT / 8);
        for (int i = 0; i < found.count; i++)
            assert_int_equal(found.numbers[i], n - found.count + 1 + i);
    }
}

static void a_line_that_was_cut_off_is_ended(void **state)
{
    (void)state;
    pqt_error error;
    write_file("{\"n\":1}\n{\"n\":");
    assert_ok(append(3, KEPT, &error));
    const struct numbers found = read_numbers();
    assert_int_equal(found.count, 2);
    assert_int_equal(found.numbers[1], 3);
}

static void append_many(int writer)
{
    pqt_error error = {0};
    for (int n = 0; n < LINES_EACH; n++)
        if (append(writer * LINES_EACH + n, WRITERS * LINES_EACH, &error) != PQT_OK)
            _exit(1);
    _exit(0);
}

/* What was there before them goes while they write: the file is replaced then. */
static void writers_at_once_lose_no_line(void **state)
{
    (void)state;
    for (int n = 0; n < WRITERS * LINES_EACH; n++) {
        FILE *file = fopen("lines", n == 0 ? "w" : "a");
        assert_non_null(file);
        fprintf(file, "{\"n\":-1}\n");
        fclose(file);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) append_many(writer);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int code;
        assert_true(wait(&code) > 0);
        assert_int_equal(code, 0);
    }
    const struct numbers found = read_numbers();
    int seen[WRITERS * LINES_EACH] = {0};
    for (int i = 0; i < found.count; i++)
        if (found.numbers[i] >= 0) seen[found.numbers[i]]++;
    for (int n = 0; n < WRITERS * LINES_EACH; n++) assert_int_equal(seen[n], 1);
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    pqt_error error;
    assert_int_equal(mkdir("lines", 0700), 0);
    assert_fails(append(1, KEPT, &error), PQT_INVALID, "lines: is not a regular file");
    assert_int_equal(rmdir("lines"), 0);
    assert_int_equal(symlink("nowhere/lines", "lines"), 0);
    assert_fails(append(1, KEPT, &error), PQT_NOT_FOUND, "lines: cannot open");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        TEST(lines_are_appended_and_the_oldest_dropped),
        TEST(a_line_that_was_cut_off_is_ended),
        TEST(writers_at_once_lose_no_line),
        TEST(what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
