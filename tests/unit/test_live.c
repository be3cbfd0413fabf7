/* Questions over archive and database together, with rows that move from one to the other
 * at the worst moments. */
#include "api/asked.h"

#include "night.h"

enum { SITE_DAYS = 6 };

typedef struct world world;

/* An archive of the library's user whose store and database are the test's. */
struct world {
    test_site site;
    struct pqa_archive archive;
    struct source_functions functions; /* of the archive's source, with a begin of ours */
    void (*before_snapshot)(world *w); /* NULL: nothing happens */
    void (*behind_snapshot)(world *w);
};

static world *current;

static void tell(void (*happens)(world *w))
{
    if (happens) happens(current);
}

/* A memory source has copies of the rows it was opened with: that is its snapshot, so
 * each begin opens one anew. */
static pqt_status begin_anew(void *self, pqt_error *error)
{
    source *fresh = NULL;
    tell(current->before_snapshot);
    TRY(site_open(&current->site, &fresh, error));
    current->archive.source->self = fresh->self;
    fresh->self = self;
    source_close(fresh);
    tell(current->behind_snapshot);
    return PQT_OK;
}

static void watch_source(world *w)
{
    pqt_error error;
    assert_ok(site_open(&w->site, &w->archive.source, &error));
    w->functions = *w->archive.source->functions;
    w->functions.begin = begin_anew;
    w->archive.source->functions = &w->functions;
}

static int set_up(void **state)
{
    pqt_error error;
    world *w = calloc(1, sizeof *w);
    w->site = site_of_days(SITE_DAYS);
    w->archive.settings = night_settings();
    w->archive.settings.db = "memory";
    assert_ok(store_open_memory(&w->archive.store, &error));
    assert_ok(thread_pool_create(2, &w->archive.pool, &error));
    assert_ok(night_export(&w->site, w->archive.store, 0, 2, NULL, &error));
    watch_source(w);
    current = w;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    scan_close(w->archive.scan);
    source_close(w->archive.source);
    store_close(w->archive.store);
    thread_pool_free(w->archive.pool);
    arena_free(&w->archive.memory);
    free(w);
    return 0;
}

static pqa_query query_of(int32_t since, int32_t until)
{
    return (pqa_query){.project = "django",
                       .since = NIGHT_FIRST + since,
                       .until = NIGHT_FIRST + until,
                       .any_status = true,
                       .live = true};
}

static int64_t sum_site(const test_site *site, int32_t project, int32_t since,
                        int32_t until)
{
    int64_t views = 0;
    for (size_t i = 0; i < site->row_count; i++) {
        const source_row *row = &site->rows[i];
        if (row->project_id == project && row->date >= NIGHT_FIRST + since &&
            row->date <= NIGHT_FIRST + until)
            views += row->view_count;
    }
    return views;
}

typedef pqt_status (*ask)(pqa_archive *archive, const pqa_query *query, pqa_table *out,
                          pqt_error *error);

/* All views of an answer; its last column has them. */
static int64_t sum_answer(world *w, ask question, const pqa_query *query)
{
    pqt_error error;
    pqa_table answer;
    int64_t views = 0;
    assert_ok(question(&w->archive, query, &answer, &error));
    const pqa_column *column = &answer.columns[answer.column_count - 1];
    for (int64_t i = 0; i < answer.row_count; i++) views += column->int64s[i];
    pqa_table_free(&answer);
    return views;
}

static const ask asks[] = {pqa_top, pqa_daily, pqa_versions, pqa_views};
enum { ASK_COUNT = sizeof asks / sizeof *asks };

static void both_sides_are_added_up(void **state)
{
    world *w = *state;
    for (int32_t since = 0; since < SITE_DAYS; since++)
        for (int32_t until = since; until < SITE_DAYS; until++)
            for (int i = 0; i < ASK_COUNT; i++) {
                const pqa_query query = query_of(since, until);
                assert_int_equal(sum_answer(w, asks[i], &query),
                                 sum_site(&w->site, 1, since, until));
            }
}

static void without_live_only_the_archive_answers(void **state)
{
    world *w = *state;
    pqa_query query = query_of(0, SITE_DAYS - 1);
    query.live = false;
    assert_int_equal(sum_answer(w, pqa_top, &query), sum_site(&w->site, 1, 0, 2));
}

/* What export and deletion do to the first day that is not archived. */
static void export_and_delete(world *w)
{
    pqt_error error;
    if (sum_site(&w->site, 1, 3, SITE_DAYS - 1) == 0) return;
    int32_t day = 3;
    while (sum_site(&w->site, 1, day, day) == 0) day++;
    assert_ok(night_export(&w->site, w->archive.store, day, day, NULL, &error));
    for (size_t i = 0; i < w->site.row_count;)
        if (w->site.rows[i].date == NIGHT_FIRST + day)
            site_remove(&w->site, w->site.rows[i].id);
        else
            i++;
}

/* Until all have moved, each question counts each row once. */
static void check_moving_days(world *w)
{
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    const int64_t expected = sum_site(&w->site, 1, 0, SITE_DAYS - 1);
    for (int i = 0; i < SITE_DAYS; i++)
        assert_int_equal(sum_answer(w, asks[i % ASK_COUNT], &query), expected);
    assert_int_equal(sum_site(&w->site, 1, 3, SITE_DAYS - 1), 0);
}

static void days_may_move_behind_the_snapshot(void **state)
{
    world *w = *state;
    w->behind_snapshot = export_and_delete;
    check_moving_days(w);
}

static void days_may_move_before_the_snapshot(void **state)
{
    world *w = *state;
    w->before_snapshot = export_and_delete;
    check_moving_days(w);
}

static void days_may_move_on_both_sides_of_it(void **state)
{
    world *w = *state;
    w->before_snapshot = w->behind_snapshot = export_and_delete;
    check_moving_days(w);
}

static void a_day_with_a_hole_is_answered_around_it(void **state)
{
    world *w = *state;
    pqt_error error;
    assert_ok(night_export(&w->site, w->archive.store, 4, 4, NULL, &error));
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    pqa_table answer;
    assert_ok(pqa_daily(&w->archive, &query, &answer, &error));
    for (int32_t day = 0; day < SITE_DAYS; day++)
        assert_int_equal(answer.columns[1].int64s[day], sum_site(&w->site, 1, day, day));
    assert_non_null(strstr(answer.note, "from the archive"));
    assert_non_null(strstr(answer.note, "from the database"));
    pqa_table_free(&answer);
}

static void another_site_is_refused(void **state)
{
    world *w = *state;
    pqt_error error;
    pqa_table answer;
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    w->site.identity = "another site";
    assert_fails(pqa_top(&w->archive, &query, &answer, &error), PQT_CORRUPT,
                 "another site");
    w->archive.settings.adopt_source = true;
    assert_int_equal(sum_answer(w, pqa_top, &query),
                     sum_site(&w->site, 1, 0, SITE_DAYS - 1));
}

/* A store whose listing stays as it was, as some do for a while. */
static struct store_functions stale;
static pqt_status (*fresh_list)(void *self, const char *prefix, const char *start_after,
                                store_list_callback callback, void *callback_self,
                                pqt_error *error);
static char last_listed[200];

struct cut_listing {
    store_list_callback callback;
    void *self;
};

static pqt_status pass_older(void *self, const store_entry *entry, pqt_error *error)
{
    const struct cut_listing *cut = self;
    if (strcmp(entry->key, last_listed) > 0) return PQT_OK;
    return cut->callback(cut->self, entry, error);
}

static pqt_status list_older(void *self, const char *prefix, const char *start_after,
                             store_list_callback callback, void *callback_self,
                             pqt_error *error)
{
    struct cut_listing cut = {callback, callback_self};
    return fresh_list(self, prefix, start_after, pass_older, &cut, error);
}

static void an_old_listing_loses_no_row(void **state)
{
    world *w = *state;
    pqt_error error;
    pqa_table answer;
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    const int64_t expected = sum_site(&w->site, 1, 0, SITE_DAYS - 1);
    assert_int_equal(sum_answer(w, pqa_top, &query), expected);
    const long long version = w->archive.scan->snapshot->version;
    snprintf(last_listed, sizeof last_listed, ARCHIVE_ROOT "/_delta_log/%020lld.json",
             version);
    export_and_delete(w);
    stale = *w->archive.store->functions;
    fresh_list = stale.list;
    stale.list = list_older;
    w->archive.store->functions = &stale;
    const pqt_status status = pqa_top(&w->archive, &query, &answer, &error);
    if (status == PQT_OK) {
        int64_t views = 0;
        for (int64_t i = 0; i < answer.row_count; i++)
            views += answer.columns[1].int64s[i];
        pqa_table_free(&answer);
        assert_int_equal(views, expected);
    } else
        assert_int_equal(status, PQT_CONFLICT);
}

static pqa_shadowed compare(world *w, pqa_question question, const pqa_query *query)
{
    pqt_error error;
    pqa_shadowed compared;
    assert_ok(pqa_shadow(&w->archive, question, query, NULL, &compared, &error));
    return compared;
}

static void shadow_of_an_honest_archive_is_equal(void **state)
{
    world *w = *state;
    pqa_query query = query_of(0, SITE_DAYS - 1);
    for (int i = 0; i < 4; i++) {
        query.limit = i % 2 ? 2 : 0;
        const pqa_shadowed compared = compare(w, (pqa_question)i, &query);
        assert_true(compared.is_equal);
        assert_int_equal(compared.days_compared, SITE_DAYS);
        assert_int_equal(compared.days_live, 3);
        assert_int_equal(compared.days_gone, 0);
        assert_true(compared.rows > 0);
    }
}

static void shadow_sees_one_row_that_changed(void **state)
{
    world *w = *state;
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    for (size_t i = 0; i < w->site.row_count; i++)
        if (w->site.rows[i].project_id == 1 && w->site.rows[i].date == NIGHT_FIRST + 1) {
            w->site.rows[i].view_count++;
            break;
        }
    for (int i = 0; i < 4; i++) {
        const pqa_shadowed compared = compare(w, (pqa_question)i, &query);
        assert_false(compared.is_equal);
        assert_true(compared.rows_different > 0);
        assert_non_null(strstr(compared.message, "the archive has"));
    }
}

/* A day without any row in the database was deleted; one with some is compared. */
static void shadow_leaves_out_days_that_are_gone(void **state)
{
    world *w = *state;
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    for (int64_t id = 1; id < 20; id++) site_remove(&w->site, id);
    assert_false(compare(w, PQA_QUESTION_DAILY, &query).is_equal);
    site_remove(&w->site, 20);
    const pqa_shadowed compared = compare(w, PQA_QUESTION_DAILY, &query);
    assert_true(compared.is_equal);
    assert_int_equal(compared.days_gone, 1);
    assert_int_equal(compared.days_compared, SITE_DAYS - 1);
}

static void count_case(void *self, const pqa_shadowed *compared, const char *project)
{
    int *count = self;
    assert_true(compared->is_equal);
    assert_non_null(project);
    ++*count;
}

static void shadow_at_random_is_told_of_each(void **state)
{
    world *w = *state;
    pqt_error error;
    int count = 0;
    assert_ok(pqa_shadow_random(&w->archive, 30, NIGHT_FIRST, NIGHT_FIRST + SITE_DAYS - 1,
                                NULL, count_case, &count, &error));
    assert_int_equal(count, 30);
}

static void a_database_that_fails_gives_no_answer(void **state)
{
    world *w = *state;
    pqt_error error;
    pqa_table answer;
    const pqa_query query = query_of(0, SITE_DAYS - 1);
    source_close(w->archive.source);
    w->archive.source = NULL;
    assert_fails(pqa_top(&w->archive, &query, &answer, &error), PQT_INVALID,
                 "no known kind");
    w->archive.settings.db = NULL;
    assert_fails(pqa_top(&w->archive, &query, &answer, &error), PQT_NOT_FOUND, "--db");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(both_sides_are_added_up),
        TEST(without_live_only_the_archive_answers),
        TEST(days_may_move_behind_the_snapshot),
        TEST(days_may_move_before_the_snapshot),
        TEST(days_may_move_on_both_sides_of_it),
        TEST(a_day_with_a_hole_is_answered_around_it),
        TEST(a_database_that_fails_gives_no_answer),
        TEST(another_site_is_refused),
        TEST(an_old_listing_loses_no_row),
        TEST(shadow_of_an_honest_archive_is_equal),
        TEST(shadow_sees_one_row_that_changed),
        TEST(shadow_leaves_out_days_that_are_gone),
        TEST(shadow_at_random_is_told_of_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
