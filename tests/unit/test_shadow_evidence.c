#include "api/shadow_evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_help.h"

/* A file of evidence, made line by line. */
typedef struct evidence {
    char path[40];
    FILE *file;
} evidence;

static int make_file(void **state)
{
    evidence *e = calloc(1, sizeof *e);
    if (!e) return -1;
    strcpy(e->path, "/tmp/pqa-evidence-XXXXXX");
    const int descriptor = mkstemp(e->path);
    e->file = fdopen(descriptor, "w");
    *state = e;
    return e->file ? 0 : -1;
}

static int remove_file(void **state)
{
    evidence *e = *state;
    fclose(e->file);
    const int result = unlink(e->path);
    free(e);
    return result;
}

static void add_answers(evidence *e, int day, int count, bool equal)
{
    for (int i = 0; i < count; i++)
        fprintf(e->file,
                "{\"at_ms\":%lld,\"equal\":%s,\"archive_us\":10,\"database_us\":30,"
                "\"message\":\"%s\"}\n",
                (day * 86400LL + i) * 1000, equal ? "true" : "false",
                equal ? "" : "row 1: wrong");
}

static void add_failures(evidence *e, int day, int count)
{
    for (int i = 0; i < count; i++)
        fprintf(e->file, "{\"at_ms\":%lld,\"failure\":\"no network\"}\n",
                day * 86400000LL);
}

static pqa_shadow_sum sum_of(evidence *e)
{
    pqt_error error;
    pqa_shadow_sum sum;
    assert_int_equal(fflush(e->file), 0);
    assert_ok(pqa_shadow_summary(e->path, &sum, &error));
    return sum;
}

static void assert_verdict(const pqa_shadow_sum *sum, const pqa_shadow_demand *demand,
                           bool expected, const char *message)
{
    char told[PQA_SHADOW_MESSAGE];
    assert_int_equal(pqa_shadow_is_ready(sum, demand, told), expected);
    assert_string_equal(told, message);
}

static void nothing_is_not_ready(void **state)
{
    const pqa_shadow_sum sum = sum_of(*state);
    assert_int_equal(sum.compared, 0);
    assert_verdict(&sum, NULL, false,
                   "not ready: 0 equal answers on 0 days; 100 on 7 days are wanted");
}

static void a_week_of_equal_answers_is_ready(void **state)
{
    evidence *e = *state;
    for (int day = 1; day <= 6; day++) add_answers(e, day, 20, true);
    pqa_shadow_sum sum = sum_of(e);
    assert_verdict(&sum, NULL, false,
                   "not ready: 120 equal answers on 6 days; 100 on 7 days are wanted");
    const pqa_shadow_demand less = {.days = 6, .answers = 120};
    assert_verdict(&sum, &less, true, "ready: 120 equal answers on 6 days");
    add_answers(e, 7, 1, true);
    sum = sum_of(e);
    assert_verdict(&sum, NULL, true, "ready: 121 equal answers on 7 days");
    assert_int_equal(sum.first_ms, 86400000);
    assert_int_equal(sum.last_ms, 7 * 86400000LL);
    assert_int_equal(sum.database_us, 121 * 30);
}

static void a_difference_begins_it_again(void **state)
{
    evidence *e = *state;
    for (int day = 1; day <= 7; day++) add_answers(e, day, 20, true);
    add_answers(e, 7, 1, false);
    add_answers(e, 7, 5, true);
    pqa_shadow_sum sum = sum_of(e);
    assert_int_equal(sum.compared, 146);
    assert_int_equal(sum.different, 1);
    assert_verdict(
        &sum, NULL, false,
        "not ready: 5 equal answers on 1 days since the last difference; 100 on "
        "7 days are wanted; the last difference: row 1: wrong");
    for (int day = 8; day <= 14; day++) add_answers(e, day, 20, true);
    sum = sum_of(e);
    assert_verdict(
        &sum, NULL, true,
        "ready: 145 equal answers on 8 days since the last difference; the last "
        "difference: row 1: wrong");
}

static void what_fails_too_often_is_not_ready(void **state)
{
    evidence *e = *state;
    for (int day = 1; day <= 10; day++) add_answers(e, day, 20, true);
    add_failures(e, 10, 1);
    pqa_shadow_sum sum = sum_of(e);
    assert_int_equal(sum.failed, 1);
    assert_verdict(&sum, NULL, true, "ready: 200 equal answers on 10 days");
    add_failures(e, 10, 1);
    sum = sum_of(e);
    assert_verdict(
        &sum, NULL, false,
        "not ready: 200 equal answers on 10 days; 2 could not be compared, more "
        "than one in 200");
}

static void answers_that_say_nothing_are_not_counted(void **state)
{
    evidence *e = *state;
    static const struct {
        int rows, days, live;
    } answers[] = {{0, 30, 1}, {5, 3, 3}, {5, 0, 0}, {5, 3, 1}, {5, 1, 0}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        fprintf(e->file,
                "{\"at_ms\":1,\"equal\":true,\"archive_us\":1,\"database_us\":1,"
                "\"rows\":%d,\"days_compared\":%d,\"days_live\":%d}\n",
                answers[i].rows, answers[i].days, answers[i].live);
    const pqa_shadow_sum sum = sum_of(e);
    assert_int_equal(sum.equal, 5);
    assert_int_equal(sum.equal_since, 2);
}

static void lines_that_are_no_comparison_are_passed_over(void **state)
{
    evidence *e = *state;
    fputs(
        "no json\n{}\n{\"at_ms\":\"x\",\"equal\":true}\n{\"at_ms\":1,\"equal\":3}\n[1]\n",
        e->file);
    const pqa_shadow_sum sum = sum_of(e);
    assert_int_equal(sum.compared + sum.failed, 0);
}

static void a_failure_is_kept_with_its_question(void **state)
{
    evidence *e = *state;
    pqt_error error;
    const pqa_query query = {.project = "docs", .since = 1, .until = 2, .limit = 7};
    const pqa_shadow_options options = {.evidence_file = e->path};
    assert_ok(pqa_shadow_failed(PQA_QUESTION_NOT_FOUND, &query, "no \xff network",
                                &options, &error));
    assert_fails(pqa_shadow_failed((pqa_question)9, &query, "x", &options, &error),
                 PQT_INVALID, "number 9");
    const pqa_shadow_sum sum = sum_of(e);
    assert_int_equal(sum.failed, 1);
    char line[500] = "";
    FILE *read = fopen(e->path, "r");
    assert_non_null(read);
    assert_non_null(fgets(line, sizeof line, read));
    fclose(read);
    const char *const parts[] = {
        "\"question\":\"not-found\"", "\"project\":\"docs\"", "\"since\":\"1970-01-02\"",
        "\"until\":\"1970-01-03\"",   "\"status\":404",       "\"limit\":7",
        "\"failure\":\"no \""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(line, parts[i])) fail_msg("'%s' is not in %s", parts[i], line);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_not_ready),
        TEST(a_week_of_equal_answers_is_ready),
        TEST(a_difference_begins_it_again),
        TEST(what_fails_too_often_is_not_ready),
        TEST(answers_that_say_nothing_are_not_counted),
        TEST(lines_that_are_no_comparison_are_passed_over),
        TEST(a_failure_is_kept_with_its_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
