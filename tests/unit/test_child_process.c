#include "base/child_process.h"

#include <signal.h>

#include "base/buffer.h"
#include "test_help.h"

static pqt_status keep(void *self, pqt_view bytes, pqt_error *error)
{
    return buffer_append(self, bytes.data, bytes.size_bytes, error);
}

static child_process shell(const char *const *arguments, pqt_view input, buffer *out)
{
    return (child_process){
        .arguments = arguments, .input = input, .take = keep, .self = out};
}

static void input_comes_back_as_output(void **state)
{
    (void)state;
    const char *const arguments[] = {"cat", NULL};
    buffer input = {0}, out = {0};
    pqt_error error = {0};
    for (int i = 0; i < 300000; i++)
        assert_ok(buffer_printf(&input, &error, "line %d\n", i));
    child_process child = shell(arguments, buffer_view(&input), &out);
    assert_ok(child_process_run(&child, &error));
    assert_int_equal(child.exit_code, 0);
    assert_int_equal(out.size_bytes, input.size_bytes);
    assert_memory_equal(out.data, input.data, input.size_bytes);
    buffer_free(&input);
    buffer_free(&out);
}

static void exit_code_is_the_programs(void **state)
{
    (void)state;
    const char *const arguments[] = {"sh", "-c", "echo said; exit 7", NULL};
    buffer out = {0};
    child_process child = shell(arguments, (pqt_view){0}, &out);
    assert_int_equal(child_process_run(&child, NULL), PQT_OK);
    assert_int_equal(child.exit_code, 7);
    assert_int_equal(out.size_bytes, 5);
    buffer_free(&out);
}

/* Words are words: no shell looks at them. */
static void arguments_are_passed_as_they_are(void **state)
{
    (void)state;
    const char *const arguments[] = {"printf", "%s", "$HOME `id` 'x' \"y\"; exit 3",
                                     NULL};
    buffer out = {0};
    child_process child = shell(arguments, (pqt_view){0}, &out);
    assert_int_equal(child_process_run(&child, NULL), PQT_OK);
    assert_int_equal(out.size_bytes, strlen(arguments[2]));
    assert_memory_equal(out.data, arguments[2], out.size_bytes);
    buffer_free(&out);
}

static void program_that_reads_nothing_is_no_error(void **state)
{
    (void)state;
    const char *const arguments[] = {"true", NULL};
    buffer input = {0}, out = {0};
    assert_int_equal(buffer_resize(&input, 8 << 20, NULL), PQT_OK);
    memset(input.data, 'x', input.size_bytes);
    child_process child = shell(arguments, buffer_view(&input), &out);
    assert_int_equal(child_process_run(&child, NULL), PQT_OK);
    assert_int_equal(child.exit_code, 0);
    buffer_free(&input);
    buffer_free(&out);
}

static void missing_program_is_not_found(void **state)
{
    (void)state;
    const char *const arguments[] = {"no-such-program-of-pqa", NULL};
    const char *const directory[] = {"/", NULL};
    buffer out = {0};
    pqt_error error = {0};
    child_process child = shell(arguments, (pqt_view){0}, &out);
    assert_fails(child_process_run(&child, &error), PQT_NOT_FOUND,
                 "no-such-program-of-pqa");
    child = shell(directory, (pqt_view){0}, &out);
    assert_fails(child_process_run(&child, &error), PQT_DENIED, "may not be run");
}

static void signal_that_ended_it_is_told(void **state)
{
    (void)state;
    const char *const arguments[] = {"sh", "-c", "kill -9 $$", NULL};
    buffer out = {0};
    pqt_error error = {0};
    child_process child = shell(arguments, (pqt_view){0}, &out);
    assert_fails(child_process_run(&child, &error), PQT_INTERNAL, "signal 9");
}

static pqt_status refuse(void *self, pqt_view bytes, pqt_error *error)
{
    (void)self;
    (void)bytes;
    return error_set(error, PQT_IO, "a full disk");
}

static void failure_to_take_ends_it(void **state)
{
    (void)state;
    const char *const arguments[] = {"yes", NULL};
    pqt_error error = {0};
    child_process child = {.arguments = arguments, .take = refuse};
    assert_fails(child_process_run(&child, &error), PQT_IO, "a full disk");
}

static void cancelled_ends_it(void **state)
{
    (void)state;
    const char *const arguments[] = {"sh", "-c", "sleep 60; echo no", NULL};
    const volatile int cancelled = 1;
    buffer out = {0};
    child_process child = shell(arguments, (pqt_view){0}, &out);
    child.cancelled = &cancelled;
    assert_int_equal(child_process_run(&child, NULL), PQT_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_comes_back_as_output),
        cmocka_unit_test(exit_code_is_the_programs),
        cmocka_unit_test(arguments_are_passed_as_they_are),
        cmocka_unit_test(program_that_reads_nothing_is_no_error),
        cmocka_unit_test(missing_program_is_not_found),
        cmocka_unit_test(signal_that_ended_it_is_told),
        cmocka_unit_test(failure_to_take_ends_it),
        cmocka_unit_test(cancelled_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
