#define _GNU_SOURCE
#include "archive/forget.h"

#include "archive/project_rows.h"
#include "upkeep_help.h"
#include "visited_store.h"

enum { FORGOTTEN = 2 }; /* "flask": a third of the rows */

static pqt_status night_forget(store *s, const pqa_forget_options *options,
                               const test_site *database, pqa_forgotten *out,
                               pqt_error *error)
{
    source *from = NULL;
    const pqa_settings settings = night_settings();
    if (database) TRY(site_open(database, &from, error));
    const export_context context = {s, from, NULL, &settings};
    const pqt_status status =
        archive_forget(&context, clock_wall_ms(), options, out, error);
    source_close(from);
    return status;
}

static const pqa_forget_options agreed = {.project_id = FORGOTTEN, .agreed = true};

static test_site site_without(const test_site *s, int32_t project)
{
    test_site left = *s;
    left.row_count = 0;
    for (size_t i = 0; i < s->row_count; i++)
        if (s->rows[i].project_id != project) left.rows[left.row_count++] = s->rows[i];
    return left;
}

struct look {
    store *store;
    int64_t rows;
    size_t objects;
};

/* Commits name a file's smallest and largest slug; a checkpoint is compressed. */
static pqt_status look_into_log(struct look *look, const char *key, pqt_error *error)
{
    buffer text = {0};
    pqt_status status = PQT_OK;
    if (strstr(key, ".json")) status = store_get(look->store, key, 1 << 20, &text, error);
    if (text.data) look->rows += memmem(text.data, text.size_bytes, "flask", 5) != NULL;
    buffer_free(&text);
    return status;
}

static pqt_status look_into(void *self, const store_entry *entry, pqt_error *error)
{
    struct look *look = self;
    int64_t rows = 0;
    if (strstr(entry->key, "_delta_log/")) return look_into_log(look, entry->key, error);
    if (!strstr(entry->key, ".parquet")) return PQT_OK;
    TRY(project_rows_count(look->store, entry->key + strlen(ARCHIVE_ROOT "/"), FORGOTTEN,
                           NULL, &rows, error));
    look->rows += rows;
    look->objects++;
    return PQT_OK;
}

/* Rows of the project in all objects, live or not. */
static int64_t rows_in_objects(store *s)
{
    pqt_error error;
    struct look look = {.store = s};
    assert_ok(store_list(s, "", NULL, look_into, &look, &error));
    assert_true(look.objects > 0);
    return look.rows;
}

/* Older revisions, a prune that could be undone, and a copy hold it too. */
static store *store_with_history(test_site *site)
{
    pqt_error error;
    pqa_pruned pruned;
    buffer bytes = {0};
    store *s = night_store(site, 5);
    site_find(site, 30)->view_count += 3;
    assert_ok(night_export(site, s, 1, 1, NULL, &error));
    assert_ok(night_prune(s, 1, true, &pruned, &error));
    assert_ok(store_get(s, ARCHIVE_ROOT "/2024/10/06/pageviews_2024-10-06.parquet",
                        1 << 20, &bytes, &error));
    const store_body body = {-1, buffer_view(&bytes)};
    assert_ok(store_put_if_absent(
        s, ARCHIVE_ROOT "/project/flask/2024/10/06/pageviews_2024-10-06.parquet", &body,
        &error));
    buffer_free(&bytes);
    return s;
}

static void forgotten_project_is_in_no_object(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(5);
    store *s = store_with_history(&site);
    pqa_forgotten forgotten;
    const test_site kept = site_without(&site, FORGOTTEN);
    const test_site left = site_since(&kept, 1);
    assert_true(rows_in_objects(s) > 0);
    assert_ok(night_forget(s, &agreed, NULL, &forgotten, &error));
    assert_int_equal(forgotten.files, 4);
    assert_int_equal(forgotten.objects, 7); /* a revision, a pruned day and a copy more */
    assert_true(forgotten.rows > 20);
    assert_int_equal(rows_in_objects(s), 0);
    assert_archive_is(s, &left, 0);
    assert_ok(night_verify(s, &left, &error));
    pqa_pruned undone;
    assert_fails(night_undo(s, 0, &undone, &error), PQT_NOT_FOUND, "no prune");
    const int64_t version = night_version(s);
    assert_ok(night_forget(s, &agreed, NULL, &forgotten, &error)); /* again */
    assert_int_equal(forgotten.objects, 0);
    assert_int_equal(night_version(s), version);
    store_close(s);
}

static void forget_of_a_compacted_month_keeps_the_others(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(5);
    store *s = night_store(&site, 5);
    pqa_forgotten forgotten;
    night_join(s);
    assert_ok(night_forget(s, &agreed, NULL, &forgotten, &error));
    assert_int_equal(forgotten.files, 1);
    assert_int_equal(forgotten.objects, 6);
    assert_int_equal(rows_in_objects(s), 0);
    const test_site left = site_without(&site, FORGOTTEN);
    assert_archive_is(s, &left, 0);
    assert_ok(night_verify(s, &left, &error));
    store_close(s);
}

static void forget_must_be_meant_and_the_database_without_it(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    const test_site left = site_without(&site, FORGOTTEN);
    store *s = night_store(&site, 3);
    pqa_forgotten forgotten;
    const int64_t version = night_version(s);
    const pqa_forget_options look = {.project_id = FORGOTTEN, .dry_run = true};
    const pqa_forget_options unsure = {.project_id = FORGOTTEN};
    assert_fails(night_forget(s, &look, &site, &forgotten, &error), PQT_INVALID,
                 "--ignore-database");
    assert_ok(night_forget(s, &look, &left, &forgotten, &error));
    assert_int_equal(forgotten.files, 3);
    assert_fails(night_forget(s, &unsure, &left, &forgotten, &error), PQT_INVALID,
                 "--yes");
    assert_fails(night_forget(s, &agreed, &site, &forgotten, &error), PQT_INVALID,
                 "--ignore-database");
    assert_int_equal(night_version(s), version);
    assert_archive_is(s, &site, 0);
    assert_ok(night_forget(s, &agreed, &left, &forgotten, &error));
    assert_archive_is(s, &left, 0);
    store_close(s);
}

static void object_that_cannot_be_read_is_no_proof(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    pqa_forgotten forgotten;
    const store_body body = {-1, view_text("not a Parquet file")};
    assert_ok(store_put_if_absent(s, ARCHIVE_ROOT "/part-0.parquet", &body, &error));
    const int64_t version = night_version(s);
    assert_fails(night_forget(s, &agreed, NULL, &forgotten, &error), PQT_CORRUPT,
                 "part-0.parquet");
    assert_int_equal(night_version(s), version);
    store_close(s);
}

static bool forget_with_fault(const void *self, struct store_fault_plan plan)
{
    (void)self;
    pqt_error error = {0};
    test_site site = site_of_days(5);
    store *s = store_with_history(&site), *faulty = NULL;
    const test_site kept = site_without(&site, FORGOTTEN);
    const test_site left = site_since(&kept, 1);
    pqa_forgotten forgotten;
    night_rows rows;
    assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
    const pqt_status status = night_forget(faulty, &agreed, NULL, &forgotten, &error);
    if (status != PQT_OK) assert_true(error.message[0] != 0);
    if (status == PQT_OK) assert_int_equal(rows_in_objects(s), 0);
    store_close(faulty);
    night_read(s, &rows); /* the others are there, each once */
    for (size_t i = 0; i < left.row_count; i++)
        assert_true(night_has(&rows, &left.rows[i]));
    arena_free(&rows.texts);
    assert_ok(night_forget(s, &agreed, NULL, &forgotten, &error));
    assert_int_equal(rows_in_objects(s), 0);
    assert_archive_is(s, &left, 0);
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void store_call_that_fails_loses_nothing_else(void **state)
{
    (void)state;
    for (int way = FAULT_ONCE; way <= FAULT_ANSWER_LOST; way++)
        each_call_fails(forget_with_fault, NULL, way, 20);
}

/* Who exports another day and then forgets. */
struct visitor {
    store *store;
    const test_site *site;
    struct store_fault_plan *plan;
};

static void export_and_forget(void *self)
{
    const struct visitor *v = self;
    pqt_error error;
    pqa_forgotten forgotten;
    store *faulty = NULL;
    assert_ok(night_export(v->site, v->store, 0, 0, NULL, &error));
    assert_ok(store_open_faulty(borrow_store(v->store), v->plan, &faulty, &error));
    const pqt_status status = night_forget(faulty, &agreed, NULL, &forgotten, &error);
    assert_true(status != PQT_OK || forgotten.objects == 1);
    store_close(faulty);
}

/* The site with the forgotten project's rows only on the day that is exported again. */
static test_site site_of_one_late_day(const test_site *whole, int32_t day)
{
    test_site site = site_without(whole, FORGOTTEN);
    for (size_t i = 0; i < whole->row_count; i++)
        if (whole->rows[i].project_id == FORGOTTEN &&
            whole->rows[i].date == NIGHT_FIRST + day)
            site.rows[site.row_count++] = whole->rows[i];
    return site;
}

static bool export_visited_by_forget(const void *self, struct store_fault_plan plan)
{
    (void)self;
    pqt_error error;
    const test_site whole = site_of_days(3);
    const test_site before = site_without(&whole, FORGOTTEN);
    const test_site late = site_of_one_late_day(&whole, 1);
    test_site other = late;
    assert_int_not_equal(site_add(&other, 1001, 0)->project_id, FORGOTTEN);
    store *s = night_store(&before, 3);
    struct visitor visitor = {s, &other, &plan};
    visited_store v = {s, "/_delta_log/", export_and_forget, &visitor, false};
    store *exporter = open_visited(&v);
    assert_ok(night_export(&late, exporter, 1, 1, NULL, &error));
    assert_true(v.is_done);
    store_close(exporter);
    assert_archive_is(s, &other, 0);
    assert_ok(night_verify(s, &other, &error));
    store_close(s);
    return plan.calls < plan.fail_at;
}

static void export_is_not_committed_on_objects_that_were_forgotten(void **state)
{
    (void)state;
    each_call_fails(export_visited_by_forget, NULL, FAULT_FOR_EVER, 20);
}

/* Where the commit behind a reader's version is gone, too. */
static void reader_hears_of_a_forget(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    delta_snapshot *kept = NULL;
    pqa_forgotten forgotten;
    bool changed = true;
    assert_ok(delta_snapshot_read(s, ARCHIVE_ROOT, &kept, &error));
    assert_ok(delta_snapshot_probe(s, ARCHIVE_ROOT, kept, &changed, &error));
    assert_false(changed);
    assert_int_not_equal(site_add(&site, 1001, 0)->project_id, FORGOTTEN);
    assert_ok(night_export(&site, s, 0, 0, NULL, &error));
    assert_ok(night_forget(s, &agreed, NULL, &forgotten, &error));
    assert_ok(delta_snapshot_probe(s, ARCHIVE_ROOT, kept, &changed, &error));
    assert_true(changed);
    assert_fails(delta_snapshot_update(s, ARCHIVE_ROOT, kept, &error), PQT_CONFLICT,
                 "was cleaned up");
    delta_snapshot_free(kept);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forgotten_project_is_in_no_object),
        cmocka_unit_test(forget_of_a_compacted_month_keeps_the_others),
        cmocka_unit_test(forget_must_be_meant_and_the_database_without_it),
        cmocka_unit_test(object_that_cannot_be_read_is_no_proof),
        cmocka_unit_test(store_call_that_fails_loses_nothing_else),
        cmocka_unit_test(reader_hears_of_a_forget),
        cmocka_unit_test(export_is_not_committed_on_objects_that_were_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
