#include "archive/vacuum.h"

#include "upkeep_help.h"

enum { KEYS_MOST = 200 };

struct keys {
    char texts[KEYS_MOST][120];
    size_t count;
};

static pqt_status note_key(void *self, const store_entry *entry, pqt_error *error)
{
    struct keys *keys = self;
    (void)error;
    assert_true(keys->count < KEYS_MOST);
    snprintf(keys->texts[keys->count++], sizeof keys->texts[0], "%s", entry->key);
    return PQT_OK;
}

static size_t count_keys(store *s, const char *prefix)
{
    pqt_error error;
    struct keys keys = {.count = 0};
    assert_ok(store_list(s, prefix, NULL, note_key, &keys, &error));
    return keys.count;
}

static pqt_status night_vacuum(store *s, int64_t later_ms, bool remove,
                               pqa_vacuum_report *report, pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    return archive_vacuum(&context, clock_wall_ms() + later_ms, remove, report, error);
}

static void put_object(store *s, const char *key)
{
    pqt_error error;
    const store_body body = {-1, view_text("bytes")};
    assert_ok(store_put_if_absent(s, key, &body, &error));
}

static void superseded_objects_go_after_seven_days(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(4);
    store *s = night_store(&site, 4);
    night_join(s);
    const size_t before = count_keys(s, ARCHIVE_ROOT "/2");
    pqa_vacuum_report report = {0};
    assert_ok(night_vacuum(s, 6 * DAY_MS, true, &report, &error));
    assert_int_equal(report.sum.objects, 0);
    assert_int_equal(report.sum.objects_waiting, 4);
    assert_ok(night_vacuum(s, 8 * DAY_MS, false, &report, &error));
    assert_int_equal(report.sum.objects, 4);
    assert_int_equal(count_keys(s, ARCHIVE_ROOT "/2"), before);
    assert_ok(night_vacuum(s, 8 * DAY_MS, true, &report, &error));
    assert_int_equal(report.sum.objects, 4);
    assert_true(report.sum.bytes > 0);
    assert_int_equal(count_keys(s, ARCHIVE_ROOT "/2"), 1);
    assert_archive_is(s, &site, 0);
    assert_ok(night_verify(s, &site, &error));
    store_close(s);
}

static void what_is_not_ours_stays(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(2);
    store *s = night_store(&site, 2);
    const char *const kept[] = {
        ARCHIVE_ROOT "/project/django/2024/10/04/pageviews_2024-10-04.parquet",
        ARCHIVE_ROOT "/org/a/2024/10/04/pageviews_2024-10-04.parquet",
        ARCHIVE_ROOT "/part-00000.parquet",
        ARCHIVE_ROOT "/2024/10/04/notes.txt",
        ARCHIVE_ROOT "/_delta_log/00000000000000000000.crc",
        ARCHIVE_ROOT "/2023/10/04/pageviews_2023-10-04.parquet", /* of who knows whom */
        "elsewhere/2024/10/04/pageviews_2024-10-04.parquet"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) put_object(s, kept[i]);
    put_object(s, ARCHIVE_ROOT "/2024/10/05/pageviews_2024-10-05.r2-0123abcd.parquet");
    put_object(s, ARCHIVE_ROOT "/2023/01/pageviews_2023-01.0123abcd.parquet");
    put_object(s, ARCHIVE_ROOT "/_pqa/prune-1.json");
    const size_t before = count_keys(s, "");
    pqa_vacuum_report report = {0};
    assert_ok(night_vacuum(s, 100 * DAY_MS, true, &report, &error));
    assert_int_equal(report.sum.objects, 3);
    assert_int_equal(count_keys(s, ""), before - 3);
    assert_archive_is(s, &site, 0);
    store_close(s);
}

static void prune_can_be_undone_until_its_objects_go(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    store *s = night_store(&site, 3);
    pqa_pruned pruned;
    pqa_vacuum_report report = {0};
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_ok(night_vacuum(s, 6 * DAY_MS, true, &report, &error));
    assert_int_equal(report.sum.objects, 0);
    assert_ok(night_undo(s, 6 * DAY_MS, &pruned, &error));
    assert_archive_is(s, &site, 0);
    assert_ok(night_vacuum(s, 8 * DAY_MS, true, &report, &error));
    assert_archive_is(s, &site, 0); /* live again, though the log removed them once */
    assert_ok(night_prune(s, 2, true, &pruned, &error));
    assert_ok(night_vacuum(s, 8 * DAY_MS, true, &report, &error));
    assert_true(report.sum.objects >= 2);
    assert_fails(night_undo(s, 0, &pruned, &error), PQT_NOT_FOUND, "pageviews");
    const test_site left = site_since(&site, 2);
    assert_archive_is(s, &left, 0);
    store_close(s);
}

static void clock_that_was_set_back_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(2);
    store *s = night_store(&site, 2);
    pqa_vacuum_report report = {0};
    assert_fails(night_vacuum(s, -600000, true, &report, &error), PQT_INVALID, "clock");
    assert_ok(night_vacuum(s, -60000, true, &report, &error));
    store_close(s);
}

/* A store in which an object is taken up again between listing and deleting. */
struct reviving {
    store *inner;
    const test_site *site;
    bool done;
};

static pqt_status reviving_list(void *self, const char *prefix, const char *start_after,
                                store_list_callback callback, void *callback_self,
                                pqt_error *error)
{
    struct reviving *r = self;
    TRY(store_list(r->inner, prefix, start_after, callback, callback_self, error));
    if (r->done || strcmp(prefix, ARCHIVE_ROOT "/") != 0) return PQT_OK;
    r->done = true;
    pqa_pruned undone;
    store_unlock(r->inner, r->inner->self); /* as a lease that was lost */
    return night_undo(r->inner, 0, &undone, error);
}

#define PASS_ON(name, parameters, arguments)             \
    static pqt_status reviving_##name parameters         \
    {                                                    \
        store *inner = ((struct reviving *)self)->inner; \
        return store_##name arguments;                   \
    }
PASS_ON(get, (void *self, const char *key, uint64_t limit, buffer *out, pqt_error *error),
        (inner, key, limit, out, error))
PASS_ON(open_input, (void *self, const char *key, pqt_input *out, pqt_error *error),
        (inner, key, out, error))
PASS_ON(size, (void *self, const char *key, uint64_t *size, pqt_error *error),
        (inner, key, size, error))
PASS_ON(remove, (void *self, const char *key, pqt_error *error), (inner, key, error))
PASS_ON(lock, (void *self, const char *name, void **lock, pqt_error *error),
        (inner, name, lock, error))

static void reviving_unlock(void *self, void *lock)
{
    store_unlock(((struct reviving *)self)->inner, lock);
}

static void reviving_release(void *self)
{
    (void)self;
}

static void object_that_is_live_again_stays(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    static const struct store_functions functions = {.get = reviving_get,
                                                     .open_input = reviving_open_input,
                                                     .size = reviving_size,
                                                     .list = reviving_list,
                                                     .remove = reviving_remove,
                                                     .lock = reviving_lock,
                                                     .unlock = reviving_unlock,
                                                     .release = reviving_release};
    struct reviving r = {.inner = night_store(&site, 3), .site = &site};
    store *s = NULL;
    pqa_pruned pruned;
    pqa_vacuum_report report = {0};
    assert_ok(night_prune(r.inner, 2, true, &pruned, &error));
    assert_ok(store_make(&functions, &r, "reviving", &s, &error));
    assert_ok(night_vacuum(s, 8 * DAY_MS, true, &report, &error));
    assert_true(r.done);
    assert_archive_is(r.inner, &site, 0);
    assert_ok(night_verify(r.inner, &site, &error));
    store_close(s);
    store_close(r.inner);
}

static void store_call_that_fails_loses_nothing(void **state)
{
    (void)state;
    pqt_error error;
    const test_site site = site_of_days(3);
    uint64_t at = 1;
    bool through = false;
    for (; !through; at++) {
        struct store_fault_plan plan = {.fail_at = at};
        store *s = night_store(&site, 3), *faulty = NULL;
        night_join(s);
        pqa_vacuum_report report = {0};
        assert_ok(store_open_faulty(borrow_store(s), &plan, &faulty, &error));
        const pqt_status status = night_vacuum(faulty, 8 * DAY_MS, true, &report, &error);
        through = plan.calls < at;
        assert_true(status == PQT_OK || !through);
        store_close(faulty);
        assert_archive_is(s, &site, 0);
        assert_ok(night_vacuum(s, 8 * DAY_MS, true, &report, &error));
        assert_int_equal(count_keys(s, ARCHIVE_ROOT "/2"), 1);
        store_close(s);
    }
    assert_true(at > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(superseded_objects_go_after_seven_days),
        cmocka_unit_test(what_is_not_ours_stays),
        cmocka_unit_test(prune_can_be_undone_until_its_objects_go),
        cmocka_unit_test(clock_that_was_set_back_is_refused),
        cmocka_unit_test(object_that_is_live_again_stays),
        cmocka_unit_test(store_call_that_fails_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
