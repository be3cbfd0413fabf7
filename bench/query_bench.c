/*
 * query_bench STORE PROJECT SINCE UNTIL [RUNS [QUESTION]]
 *
 * Opens the archive once, then asks each question (or one) RUNS times and prints a JSON
 * object of median milliseconds. Every turn looks for later commits, as a server would;
 * footers, indexes and directories are kept, answers are not. Where PQA_DB is set, days
 * that are not archived come from there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/view.h"
#include "pqa.h"

enum { MOST_RUNS = 10000, DEFAULT_RUNS = 20, TOP_ROWS = 10 };

typedef pqt_status (*question)(pqa_archive *archive, const pqa_query *query,
                               pqa_table *out, pqt_error *error);

static const struct {
    const char *name;
    question ask;
    int64_t limit;
} questions[] = {{"top", pqa_top, TOP_ROWS},
                 {"daily", pqa_daily, 0},
                 {"not_found", pqa_not_found, TOP_ROWS},
                 {"versions", pqa_versions, 0}};

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static pqt_status measure(pqa_archive *archive, const pqa_query *query, question ask,
                          int runs, pqt_error *error)
{
    static double times[MOST_RUNS];
    for (int i = -1; i < runs; i++) {
        pqa_table answer = {0};
        const double started = now_ms();
        TRY(ask(archive, query, &answer, error));
        if (i >= 0) times[i] = now_ms() - started;
        pqa_table_free(&answer);
    }
    qsort(times, (size_t)runs, sizeof *times, compare_doubles);
    printf("%.4f", times[runs / 2]);
    return PQT_OK;
}

static pqt_status measure_all(char **arguments, int runs, const char *only,
                              pqt_error *error)
{
    const pqa_settings settings = {.store = arguments[1], .db = getenv("PQA_DB")};
    pqa_query query = {.project = arguments[2], .live = settings.db != NULL};
    TRY(date_parse_iso(view_text(arguments[3]), &query.since, error));
    TRY(date_parse_iso(view_text(arguments[4]), &query.until, error));
    pqa_archive *archive = NULL;
    TRY(pqa_open(&settings, false, &archive, error));
    pqt_status status = PQT_OK;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        query.limit = questions[i].limit;
        if (only && strcmp(only, questions[i].name) != 0) continue;
        printf("%s\"%s\": ", i && !only ? ", " : "{", questions[i].name);
        if (status == PQT_OK)
            status = measure(archive, &query, questions[i].ask, runs, error);
    }
    printf("}\n");
    pqa_close(archive);
    return status;
}

int main(int argument_count, char **arguments)
{
    const int runs = argument_count > 5 ? atoi(arguments[5]) : DEFAULT_RUNS;
    const char *only = argument_count > 6 ? arguments[6] : NULL;
    if (argument_count < 5 || runs < 1 || runs > MOST_RUNS) {
        fprintf(stderr,
                "usage: query_bench STORE PROJECT SINCE UNTIL [RUNS [QUESTION]]\n");
        return 2;
    }
    pqt_error error = {0};
    if (measure_all(arguments, runs, only, &error) == PQT_OK) return 0;
    fprintf(stderr, "query_bench: %s\n", error.message);
    return 1;
}
