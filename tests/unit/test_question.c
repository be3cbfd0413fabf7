/* Questions of tables whose files differ in order, dates, row groups and what they say of
 * themselves, beside the sums of the rows they were made from. */
#include "query/question.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/date.h"
#include "store/cached_store.h"
#include "test_help.h"

enum { FIRST_DATE = 20454, FILES = 5, FILE_ROWS = 3000, PROJECTS = 7, DAYS = 6 };

typedef struct row {
    int64_t id;
    int32_t project, version, views, date, status;
    char path[16], slug[16];
} row;

/* Where the table is: at hand, far away, and far away with copies of it here. */
enum place { NEAR, FAR, FAR_WITH_COPIES };

struct table {
    row rows[FILES * FILE_ROWS];
    store *store;
    store *view; /* of FAR_WITH_COPIES */
    struct store_functions far;
    char cache[40];
    thread_pool *pool;
    scan *scan;
};

/* How one file of the table is made. */
struct layout {
    int days; /* from FIRST_DATE + its number on */
    bool sorted, log_statistics, no_page_index;
    int row_group_rows, page_rows;
};

static const struct layout layouts[FILES] = {
    {1, true, true, false, 1000, 200}, {3, true, true, false, 5000, 500},
    {2, false, true, true, 700, 100},  {2, false, false, false, 5000, 20000},
    {1, true, false, true, 1500, 300},
};

static const char *const versions[] = {NULL, "latest", "stable", "v1.0"};
static const int statuses[] = {200, 200, 200, 404, 301};

static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static int compare_rows(const void *a, const void *b)
{
    const row *left = a, *right = b;
    const int slugs = strcmp(left->slug, right->slug);
    return slugs ? slugs : strcmp(left->path, right->path);
}

static void make_rows(row *rows, int file, uint64_t *state)
{
    for (int i = 0; i < FILE_ROWS; i++) {
        row *r = &rows[i];
        *r = (row){.id = file * FILE_ROWS + i,
                   .project = 1 + (int32_t)(next_random(state) % PROJECTS),
                   .version = (int32_t)(next_random(state) % 4),
                   .views = 1 + (int32_t)(next_random(state) % 3),
                   .status = statuses[next_random(state) % 5]};
        const int days = layouts[file].days;
        r->date = FIRST_DATE + file + (int32_t)(next_random(state) % (unsigned)days);
        snprintf(r->path, sizeof r->path, "/p%u", next_random(state) % 40);
        /* Project 2 is renamed in later files; 7 bears the name that 1 gave up. */
        const bool is_renamed = file >= 2 && r->project <= 2;
        snprintf(r->slug, sizeof r->slug, "%s%d", is_renamed ? "new" : "slug",
                 r->project == PROJECTS && file >= 2 ? 1 : r->project);
    }
    if (layouts[file].sorted) qsort(rows, FILE_ROWS, sizeof *rows, compare_rows);
}

static pqt_status write_buffer(void *self, const uint8_t *data, size_t size_bytes,
                               pqt_error *error)
{
    return buffer_append(self, data, size_bytes, error);
}

static const pqt_schema_node nodes[1 + COLUMN_COUNT] = {
    {.is_group = true, .child_count = COLUMN_COUNT},
    {.name = "id", .type = PQT_INT64},
    {.name = "project_id", .type = PQT_INT32},
    {.name = "project_slug", .type = PQT_BYTE_ARRAY},
    {.name = "version_id", .type = PQT_INT32, .repetition = PQT_OPTIONAL},
    {.name = "version_slug", .type = PQT_BYTE_ARRAY, .repetition = PQT_OPTIONAL},
    {.name = "path", .type = PQT_BYTE_ARRAY},
    {.name = "full_path", .type = PQT_BYTE_ARRAY, .repetition = PQT_OPTIONAL},
    {.name = "view_count", .type = PQT_INT32},
    {.name = "date", .type = PQT_INT32},
    {.name = "status", .type = PQT_INT32},
};
static const pqt_schema schema = {.nodes = nodes, .node_count = 1 + COLUMN_COUNT};

static const pqt_column_options column_options[COLUMN_COUNT] = {
    [1].encoding = PQT_RLE_DICTIONARY, [2].encoding = PQT_RLE_DICTIONARY,
    [4].encoding = PQT_RLE_DICTIONARY, [5].encoding = PQT_DELTA_BYTE_ARRAY,
    [9].encoding = PQT_RLE_DICTIONARY,
};

/* The rows of a file as columns. */
static struct columns {
    int64_t ids[FILE_ROWS];
    int32_t projects[FILE_ROWS], version_ids[FILE_ROWS], views[FILE_ROWS],
        dates[FILE_ROWS], statuses[FILE_ROWS];
    pqt_view slugs[FILE_ROWS], versions[FILE_ROWS], paths[FILE_ROWS];
    uint8_t has_version[FILE_ROWS / 8 + 1], has_full_path[FILE_ROWS / 8 + 1];
} columns;

static void fill_columns(const row *rows)
{
    memset(&columns, 0, sizeof columns);
    for (int i = 0; i < FILE_ROWS; i++) {
        const row *r = &rows[i];
        columns.ids[i] = r->id;
        columns.projects[i] = r->project;
        columns.version_ids[i] = r->version;
        columns.views[i] = r->views;
        columns.dates[i] = r->date;
        columns.statuses[i] = r->status;
        columns.slugs[i] = view_text(r->slug);
        columns.paths[i] = view_text(r->path);
        if (!versions[r->version]) continue;
        columns.versions[i] = view_text(versions[r->version]);
        columns.has_version[i / 8] |= (uint8_t)(1 << (i % 8));
    }
}

static void put_file(store *s, const row *rows, int file)
{
    pqt_error error;
    buffer bytes = {0};
    const pqt_output output = {write_buffer, &bytes};
    const struct layout *layout = &layouts[file];
    const pqt_writer_options options = {.row_group_rows = layout->row_group_rows,
                                        .page_rows = layout->page_rows,
                                        .no_page_index = layout->no_page_index};
    pqt_writer *writer;
    fill_columns(rows);
    const pqt_column_values values[COLUMN_COUNT] = {
        {.values = columns.ids},
        {.values = columns.projects},
        {.values = columns.slugs},
        {.values = columns.version_ids, .validity = columns.has_version},
        {.values = columns.versions, .validity = columns.has_version},
        {.values = columns.paths},
        {.values = columns.paths, .validity = columns.has_full_path},
        {.values = columns.views},
        {.values = columns.dates},
        {.values = columns.statuses}};
    assert_ok(
        pqt_writer_create(&output, &schema, column_options, &options, &writer, &error));
    assert_ok(pqt_writer_append(writer, values, FILE_ROWS, &error));
    assert_ok(pqt_writer_finish(writer, NULL, &error));
    pqt_writer_free(writer);
    char key[100];
    snprintf(key, sizeof key, ARCHIVE_ROOT "/%d.parquet", file);
    const store_body body = {-1, buffer_view(&bytes)};
    assert_ok(store_put_if_absent(s, key, &body, &error));
    buffer_free(&bytes);
}

static void create_log(store *s)
{
    pqt_error error;
    delta_file files[FILES];
    delta_column_stats stats[FILES];
    static const delta_pair tags[] = {
        {TAG_SHA256, "hash"}, {TAG_ROW_HASH, "sum"}, {TAG_TAIL_BYTES, "2000"}};
    static char paths[FILES][20], dates[FILES][2][DATE_TEXT_BYTES];
    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%d.parquet", i);
        date_text(FIRST_DATE + i, dates[i][0]);
        date_text(FIRST_DATE + i + layouts[i].days - 1, dates[i][1]);
        stats[i] = (delta_column_stats){.name = "date",
                                        .has_range = true,
                                        .is_text = true,
                                        .min_text = dates[i][0],
                                        .max_text = dates[i][1]};
        files[i] = (delta_file){.path = paths[i],
                                .size_bytes = 1,
                                .data_change = true,
                                .row_count = layouts[i].log_statistics ? FILE_ROWS : -1,
                                .tags = tags,
                                .tag_count = 3,
                                .columns = &stats[i],
                                .column_count = layouts[i].log_statistics ? 1 : 0};
    }
    const delta_changes changes = {
        .adds = files, .add_count = FILES, .operation = "WRITE"};
    assert_ok(
        delta_create(s, ARCHIVE_ROOT, archive_columns, COLUMN_COUNT, &changes, &error));
}

static void open_scan(struct table *table, enum place place)
{
    pqt_error error;
    store *from = table->store;
    if (place != NEAR) {
        table->far = *from->functions;
        table->far.near_bytes = 1;
        from->functions = &table->far;
    }
    if (place == FAR_WITH_COPIES) {
        strcpy(table->cache, "/tmp/pqa-question-XXXXXX");
        assert_non_null(mkdtemp(table->cache));
        const store_cache_options options = {.directory = table->cache};
        assert_ok(store_open_cached(from, &options, &table->view, &error));
        from = table->view;
    }
    assert_ok(scan_open(from, table->pool, &table->scan, &error));
}

static int set_up_at(void **state, enum place place)
{
    pqt_error error;
    struct table *table = calloc(1, sizeof *table);
    uint64_t random = 7;
    assert_ok(store_open_memory(&table->store, &error));
    for (int i = 0; i < FILES; i++) {
        make_rows(table->rows + i * FILE_ROWS, i, &random);
        put_file(table->store, table->rows + i * FILE_ROWS, i);
    }
    create_log(table->store);
    assert_ok(thread_pool_create(2, &table->pool, &error));
    open_scan(table, place);
    *state = table;
    return 0;
}

static int set_up(void **state)
{
    return set_up_at(state, NEAR);
}

static int set_up_far(void **state)
{
    return set_up_at(state, FAR);
}

static int set_up_copied(void **state)
{
    return set_up_at(state, FAR_WITH_COPIES);
}

static int tear_down(void **state)
{
    struct table *table = *state;
    char command[80];
    scan_close(table->scan);
    thread_pool_free(table->pool);
    store_close(table->view);
    store_close(table->store);
    snprintf(command, sizeof command, "rm -rf %s", table->cache);
    const int removed = *table->cache ? system(command) : 0;
    free(table);
    return removed;
}

/* --- The naive answers --- */

static bool matches(const row *r, const question_filter *filter)
{
    return r->project == filter->project_id && r->date >= filter->since &&
           r->date <= filter->until &&
           (filter->any_status || r->status == filter->status) &&
           (!filter->has_version ||
            (versions[r->version] &&
             view_equal(view_text(versions[r->version]), filter->version_slug)));
}

static int64_t count_views(const struct table *table, const question_filter *filter,
                           question_group by, const group *g)
{
    int64_t views = 0;
    for (int i = 0; i < FILES * FILE_ROWS; i++) {
        const row *r = &table->rows[i];
        const char *key = by == GROUP_PATH      ? r->path
                          : by == GROUP_VERSION ? versions[r->version]
                                                : NULL;
        const bool is_group =
            key ? !g->is_null && view_equal(view_text(key), g->key) : g->is_null;
        if (is_group && matches(r, filter)) views += r->views;
    }
    return views;
}

static int64_t count_all(const struct table *table, const question_filter *filter,
                         int64_t *rows)
{
    int64_t views = 0;
    *rows = 0;
    for (int i = 0; i < FILES * FILE_ROWS; i++) {
        if (!matches(&table->rows[i], filter)) continue;
        views += table->rows[i].views;
        ++*rows;
    }
    return views;
}

static question_filter choose_filter(uint64_t *random)
{
    question_filter filter = {
        .project_id = 1 + (int32_t)(next_random(random) % (PROJECTS + 1)),
        .since = FIRST_DATE - 1 + (int32_t)(next_random(random) % DAYS),
        .any_status = next_random(random) % 3 == 0,
        .status = next_random(random) % 2 ? 200 : 404,
        .has_version = next_random(random) % 3 == 0,
        .version_slug = view_text(versions[1 + next_random(random) % 3]),
    };
    filter.until = filter.since + (int32_t)(next_random(random) % (DAYS + 1));
    return filter;
}

/* --- Tests --- */

/* Of a file that is far, a name may bring a part of what another question needs; and a
 * file is opened anew. */
static void disturb(struct table *table, uint64_t *random)
{
    slug_answer answer;
    pqt_error error;
    char slug[16];
    snprintf(slug, sizeof slug, "%s%d", next_random(random) % 2 ? "slug" : "new",
             1 + (int)(next_random(random) % PROJECTS));
    const slug_request request = {view_text(slug), FIRST_DATE, FIRST_DATE + DAYS};
    if (next_random(random) % 2)
        scan_file_close(table->scan->files[next_random(random) % FILES]);
    assert_ok(scan_find_slug(table->scan, &request, &answer, &error));
}

static void check_sum(struct table *table, const question_filter *filter,
                      question_group by)
{
    pqt_error error;
    group_table groups = {0};
    int64_t rows, views = 0;
    assert_ok(question_sum(table->scan, filter, by, 0, &groups, &error));
    for (size_t i = 0; i < groups.count; i++) {
        const group *g = &groups.groups[i];
        assert_int_equal(g->views, count_views(table, filter, by, g));
        views += g->views;
        if (i > 0) assert_true(g[-1].views >= g->views);
    }
    assert_int_equal(views, count_all(table, filter, &rows));
    group_table_free(&groups);
}

static void sums_of_any_layout_equal_the_rows(void **state)
{
    struct table *table = *state;
    uint64_t random = 3;
    for (int i = 0; i < 150; i++) {
        const question_filter filter = choose_filter(&random);
        if (i % 4 == 0) disturb(table, &random);
        table->scan->no_pruning = i % 2;
        check_sum(table, &filter, (question_group)(i % 3));
    }
}

static void days_of_any_layout_equal_the_rows(void **state)
{
    struct table *table = *state;
    uint64_t random = 4;
    pqt_error error;
    for (int i = 0; i < 60; i++) {
        question_filter filter = choose_filter(&random);
        int64_t days[DAYS + 2] = {0}, rows;
        table->scan->no_pruning = i % 2;
        assert_ok(question_days(table->scan, &filter, days, &error));
        const int32_t first = filter.since, last = filter.until;
        for (int32_t day = first; day <= last; day++) {
            filter.since = filter.until = day;
            assert_int_equal(days[day - first], count_all(table, &filter, &rows));
        }
    }
}

static void views_of_any_layout_are_the_rows_in_order(void **state)
{
    struct table *table = *state;
    uint64_t random = 5;
    pqt_error error;
    for (int i = 0; i < 30; i++) {
        const question_filter filter = choose_filter(&random);
        view_rows answer = {0};
        int64_t rows, views = 0;
        table->scan->no_pruning = i % 2;
        assert_ok(question_views(table->scan, &filter, &answer, &error));
        for (size_t k = 0; k < answer.count; k++) {
            const view_row *r = &answer.rows[k];
            views += r->views;
            if (k == 0) continue;
            assert_true(r[-1].date >= r->date);
            if (r[-1].date == r->date)
                assert_true(view_compare(r[-1].path, r->path) <= 0);
        }
        assert_int_equal(views, count_all(table, &filter, &rows));
        assert_int_equal(answer.count, rows);
        view_rows_free(&answer);
    }
}

static const row *find_row(const struct table *table, int64_t id)
{
    for (int i = 0; i < FILES * FILE_ROWS; i++)
        if (table->rows[i].id == id) return &table->rows[i];
    fail_msg("no row has the id %lld", (long long)id);
    return NULL;
}

static void details_are_the_rows_other_columns(void **state)
{
    struct table *table = *state;
    uint64_t random = 6;
    pqt_error error;
    for (int i = 0; i < 10; i++) {
        question_filter filter = choose_filter(&random);
        filter.with_details = true;
        view_rows answer = {0};
        int64_t rows;
        assert_ok(question_views(table->scan, &filter, &answer, &error));
        count_all(table, &filter, &rows);
        assert_int_equal(answer.count, rows);
        for (size_t k = 0; k < answer.count; k++) {
            const view_row *r = &answer.rows[k];
            const row *expected = find_row(table, r->details->id);
            assert_true(matches(expected, &filter));
            assert_int_equal(r->details->status, expected->status);
            assert_true(view_equal(r->details->project_slug, view_text(expected->slug)));
            assert_int_equal(r->details->has_version_id, expected->version != 0);
            assert_int_equal(r->details->version_id, expected->version);
            assert_false(r->details->has_full_path);
            assert_true(view_equal(r->path, view_text(expected->path)));
        }
        view_rows_free(&answer);
    }
}

static slug_answer find(struct table *table, const char *slug)
{
    pqt_error error;
    slug_answer answer;
    const slug_request request = {view_text(slug), FIRST_DATE, FIRST_DATE + DAYS};
    assert_ok(scan_find_slug(table->scan, &request, &answer, &error));
    return answer;
}

static void slug_that_moved_is_the_last_bearers_and_names_the_others(void **state)
{
    const slug_answer answer = find(*state, "slug1");
    assert_true(answer.found);
    assert_int_equal(answer.project_id, PROJECTS);
    assert_int_equal(answer.other_count, 1);
    assert_int_equal(answer.others[0], 1);
}

static void slug_before_a_rename_still_finds_its_project(void **state)
{
    assert_int_equal(find(*state, "slug2").project_id, 2);
    assert_int_equal(find(*state, "new2").project_id, 2);
}

static void slug_that_nobody_bore_is_not_found(void **state)
{
    assert_false(find(*state, "slug").found);
    assert_false(find(*state, "").found);
    assert_false(find(*state, "slug11").found);
}

#define AT_ALL_PLACES(name)                                           \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down),         \
        cmocka_unit_test_setup_teardown(name, set_up_far, tear_down), \
        cmocka_unit_test_setup_teardown(name, set_up_copied, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_ALL_PLACES(sums_of_any_layout_equal_the_rows),
        AT_ALL_PLACES(days_of_any_layout_equal_the_rows),
        AT_ALL_PLACES(views_of_any_layout_are_the_rows_in_order),
        AT_ALL_PLACES(details_are_the_rows_other_columns),
        AT_ALL_PLACES(slug_that_moved_is_the_last_bearers_and_names_the_others),
        AT_ALL_PLACES(slug_before_a_rename_still_finds_its_project),
        AT_ALL_PLACES(slug_that_nobody_bore_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
