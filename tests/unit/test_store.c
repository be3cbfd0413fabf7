#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "test_help.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/pqa-store-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* Every test runs on both kinds. */
static store *open_kind(int kind)
{
    pqt_error error;
    store *s = NULL;
    if (kind == 0)
        assert_ok(store_open_memory(&s, &error));
    else
        assert_ok(store_open(root, NULL, &s, &error));
    return s;
}

static pqt_status put_text(store *s, const char *key, const char *text, pqt_error *error)
{
    const store_body body = {-1, view_text(text)};
    return store_put_if_absent(s, key, &body, error);
}

static void store_put_is_seen_and_never_replaced(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        buffer bytes = {0};
        uint64_t size = 0;
        assert_ok(put_text(s, "a/b/one", "first", &error));
        assert_fails(put_text(s, "a/b/one", "second", &error), PQT_CONFLICT, "already");
        assert_ok(store_get(s, "a/b/one", 100, &bytes, &error));
        assert_view_is(buffer_view(&bytes), "first");
        assert_fails(store_get(s, "a/b/one", 4, &bytes, &error), PQT_LIMIT, "5 bytes");
        assert_ok(store_size(s, "a/b/one", &size, &error));
        assert_int_equal(size, 5);
        assert_fails(store_get(s, "a/b/two", 4, &bytes, &error), PQT_NOT_FOUND,
                     "a/b/two");
        assert_ok(store_remove(s, "a/b/one", &error));
        assert_ok(store_remove(s, "a/b/one", &error));
        assert_fails(store_size(s, "a/b/one", &size, &error), PQT_NOT_FOUND, "a/b/one");
        buffer_free(&bytes);
        store_close(s);
    }
}

static void store_put_takes_nameless_and_named_files(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        const char *directory = store_temporary_directory(s);
        const char *const places[] = {directory ? directory : "/tmp", "/dev/shm"};
        for (int i = 0; i < 2; i++) {
            int descriptor = -1;
            assert_ok(file_open_temporary(places[i], &descriptor, &error));
            assert_ok(file_write_all(descriptor, "content", 7, "x", &error));
            const store_body body = {descriptor, {0}};
            const char *key = i ? "f/copied" : "f/linked";
            assert_ok(store_put_if_absent(s, key, &body, &error));
            assert_fails(store_put_if_absent(s, key, &body, &error), PQT_CONFLICT, key);
            close(descriptor);
            buffer bytes = {0};
            assert_ok(store_get(s, key, 100, &bytes, &error));
            assert_view_is(buffer_view(&bytes), "content");
            buffer_free(&bytes);
        }
        store_close(s);
    }
}

static pqt_status collect(void *self, const store_entry *entry, pqt_error *error)
{
    return buffer_printf(self, error, "%s=%d ", entry->key, (int)entry->size_bytes);
}

static void assert_listed(store *s, const char *prefix, const char *after,
                          const char *expected)
{
    pqt_error error;
    buffer text = {0};
    assert_ok(store_list(s, prefix, after, collect, &text, &error));
    assert_view_is(buffer_view(&text), expected);
    buffer_free(&text);
}

static void store_list_is_in_order_of_keys(void **state)
{
    (void)state;
    const char *const keys[] = {"l/a/b", "l/a.c", "l/a", "l/b/c/d", "l/b-", "l2", "l/a0"};
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        /* On a disk a name cannot be a file and a directory. */
        for (int i = 0; i < 7; i++)
            if (i != 2) assert_ok(put_text(s, keys[i], "x", &error));
        void *lock = NULL;
        assert_ok(store_lock(s, "writer", &lock, &error));
        assert_listed(s, "l", NULL, "l/a.c=1 l/a/b=1 l/a0=1 l/b-=1 l/b/c/d=1 l2=1 ");
        assert_listed(s, "l/", NULL, "l/a.c=1 l/a/b=1 l/a0=1 l/b-=1 l/b/c/d=1 ");
        assert_listed(s, "l/a", NULL, "l/a.c=1 l/a/b=1 l/a0=1 ");
        assert_listed(s, "l/", "l/a/b", "l/a0=1 l/b-=1 l/b/c/d=1 ");
        assert_listed(s, "l/", "l/a/", "l/a/b=1 l/a0=1 l/b-=1 l/b/c/d=1 ");
        assert_listed(s, "l/b/", "l/b/c/d", "");
        assert_listed(s, "none/", NULL, "");
        store_unlock(s, lock);
        store_close(s);
    }
}

static void store_replace_takes_the_place_of_what_is_there(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        buffer bytes = {0};
        assert_ok(store_replace(s, "hint/a", view_text("first"), &error));
        assert_ok(store_replace(s, "hint/a", view_text("2nd"), &error));
        assert_ok(store_get(s, "hint/a", 100, &bytes, &error));
        assert_view_is(buffer_view(&bytes), "2nd");
        assert_fails(store_replace(s, "a/../hint", view_text("x"), &error), PQT_INVALID,
                     "not a key");
        assert_listed(s, "hint/", NULL, "hint/a=3 ");
        buffer_free(&bytes);
        store_close(s);
    }
}

static void store_refuses_bad_keys(void **state)
{
    (void)state;
    pqt_error error;
    const char *const bad[] = {"", "/a", "a/", "a//b", ".", "a/../b", "..", "a/."};
    for (int kind = 0; kind < 2; kind++) {
        store *s = open_kind(kind);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            assert_fails(put_text(s, bad[i], "x", &error), PQT_INVALID, "not a key");
        store_close(s);
    }
}

static void store_input_reads_ranges(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        pqt_input input;
        assert_ok(put_text(s, "ranges", "0123456789", &error));
        assert_ok(store_open_input(s, "ranges", &input, &error));
        assert_int_equal(input.size_bytes, 10);
        uint8_t bytes[4];
        assert_ok(input.read(input.self, 3, bytes, 4, &error));
        assert_memory_equal(bytes, "3456", 4);
        assert_fails(input.read(input.self, 8, bytes, 4, &error), PQT_IO, "ranges");
        input.release(input.self);
        assert_fails(store_open_input(s, "nothing", &input, &error), PQT_NOT_FOUND,
                     "nothing");
        store_close(s);
    }
}

static void store_gets_many_and_tells_what_is_missing(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        buffer texts[3] = {{0}};
        bool are_there[3] = {false, true, false};
        assert_ok(put_text(s, "one", "1", &error));
        assert_ok(put_text(s, "three", "333", &error));
        const store_get_request wanted[] = {{"one", &texts[0], &are_there[0]},
                                            {"two", &texts[1], &are_there[1]},
                                            {"three", &texts[2], &are_there[2]}};
        assert_ok(store_get_many(s, wanted, 3, 10, &error));
        assert_true(are_there[0] && !are_there[1] && are_there[2]);
        assert_view_is(buffer_view(&texts[0]), "1");
        assert_int_equal(texts[1].size_bytes, 0);
        assert_view_is(buffer_view(&texts[2]), "333");
        assert_fails(store_get_many(s, wanted, 3, 2, &error), PQT_LIMIT, "three");
        for (int i = 0; i < 3; i++) buffer_free(&texts[i]);
        store_close(s);
    }
}

static void store_input_of_known_size_reads_alike(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        pqt_input input;
        uint8_t bytes[2];
        assert_ok(put_text(s, "known", "0123456789", &error));
        assert_ok(store_open_known(s, "known", 10, &input, &error));
        assert_int_equal(input.size_bytes, 10);
        assert_ok(input.read(input.self, 8, bytes, 2, &error));
        assert_memory_equal(bytes, "89", 2);
        input.release(input.self);
        assert_int_equal(store_near_bytes(s), 0);
        store_close(s);
    }
}

static void store_lock_has_one_holder(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        pqt_error error;
        store *s = open_kind(kind);
        void *lock = NULL, *second = NULL;
        assert_ok(store_lock(s, "writer", &lock, &error));
        assert_fails(store_lock(s, "writer", &second, &error), PQT_BUSY, "");
        store_unlock(s, lock);
        assert_ok(store_lock(s, "writer", &lock, &error));
        store_unlock(s, lock);
        store_close(s);
    }
}

static void store_open_refuses_what_is_no_store(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    const store_options create = {.create = true};
    char path[100];
    snprintf(path, sizeof path, "%s/none", root);
    assert_fails(store_open(path, NULL, &s, &error), PQT_NOT_FOUND, "there is no store");
    snprintf(path, sizeof path, "%s/file", root);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_fails(store_open(path, &create, &s, &error), PQT_NOT_FOUND, "is a file");
    static const char *const of_others[] = {"ftp://x/y", "file:/x", "a+b:/"};
    for (size_t i = 0; i < sizeof of_others / sizeof *of_others; i++)
        assert_fails(store_open(of_others[i], &create, &s, &error), PQT_INVALID,
                     "there is no store for '");
    static const char *const meant[] = {"s3:/bucket/prefix", "S3://bucket/prefix"};
    for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
        assert_fails(store_open(meant[i], &create, &s, &error), PQT_INVALID,
                     "s3://BUCKET/PREFIX is meant");
    assert_fails(store_open("", &create, &s, &error), PQT_INVALID, "empty");
}

static void store_faults_come_as_planned(void **state)
{
    (void)state;
    pqt_error error;
    store *inner = NULL, *s = NULL;
    struct store_fault_plan plan = {.fail_at = 2};
    assert_ok(store_open_memory(&inner, &error));
    assert_ok(store_open_faulty(inner, &plan, &s, &error));
    assert_ok(put_text(s, "one", "1", &error));
    assert_fails(put_text(s, "two", "2", &error), PQT_IO, "injected");
    assert_ok(put_text(s, "two", "2", &error));
    plan = (struct store_fault_plan){.fail_at = 1, .apply_first = true};
    assert_fails(put_text(s, "three", "3", &error), PQT_IO, "injected");
    assert_fails(put_text(s, "three", "3", &error), PQT_CONFLICT, "three");
    plan = (struct store_fault_plan){.fail_at = 1, .fail_for_ever = true};
    assert_fails(put_text(s, "four", "4", &error), PQT_IO, "injected");
    assert_fails(put_text(s, "four", "4", &error), PQT_IO, "injected");
    assert_int_equal(plan.calls, 2);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store_put_is_seen_and_never_replaced, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(store_replace_takes_the_place_of_what_is_there,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(store_put_takes_nameless_and_named_files,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(store_list_is_in_order_of_keys, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(store_refuses_bad_keys, make_root, remove_root),
        cmocka_unit_test_setup_teardown(store_input_reads_ranges, make_root, remove_root),
        cmocka_unit_test_setup_teardown(store_gets_many_and_tells_what_is_missing,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(store_input_of_known_size_reads_alike, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(store_lock_has_one_holder, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(store_open_refuses_what_is_no_store, make_root,
                                        remove_root),
        cmocka_unit_test(store_faults_come_as_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
