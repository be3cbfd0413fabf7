#include "store/cached_store.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/cache_folder.h"
#include "test_help.h"

#define LOG       "t/_delta_log/"
#define COMMIT(n) LOG "0000000000000000000" #n ".json"

static char root[64], objects[80];

/* A store that counts what it is asked for, and a view of it. */
struct pair {
    struct store_fault_plan plan;
    store *inner;
    store *view;
};

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/pqa-cache-XXXXXX");
    if (!mkdtemp(root)) return -1;
    snprintf(objects, sizeof objects, "%s/objects", root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static store *open_view(store *inner, uint64_t size_bytes)
{
    pqt_error error;
    store *view = NULL;
    const store_cache_options options = {root, size_bytes};
    assert_ok(store_open_cached(inner, &options, &view, &error));
    return view;
}

static void open_pair(struct pair *p)
{
    pqt_error error;
    store *memory = NULL;
    *p = (struct pair){0};
    assert_ok(store_open_memory(&memory, &error));
    assert_ok(store_open_faulty(memory, &p->plan, &p->inner, &error));
    p->view = open_view(p->inner, 0);
}

static void close_pair(struct pair *p)
{
    store_close(p->view);
    store_close(p->inner);
}

static void put(store *s, const char *key, const char *text)
{
    pqt_error error;
    const store_body body = {-1, view_text(text)};
    assert_ok(store_put_if_absent(s, key, &body, &error));
}

static pqt_status see_nothing(void *self, const store_entry *entry, pqt_error *error)
{
    (void)self;
    (void)entry;
    (void)error;
    return PQT_OK;
}

static void list_log(struct pair *p)
{
    pqt_error error;
    assert_ok(store_list(p->view, LOG, NULL, see_nothing, NULL, &error));
}

/* The object has this text, and the store was asked so many times. */
static void expect_get(struct pair *p, const char *key, const char *text, uint64_t calls)
{
    pqt_error error;
    buffer out = {0};
    const uint64_t before = p->plan.calls;
    assert_ok(store_get(p->view, key, 1000, &out, &error));
    assert_view_is(buffer_view(&out), text);
    assert_int_equal(p->plan.calls - before, calls);
    buffer_free(&out);
}

static void commit_is_had_from_its_copy_after_a_listing(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p);
    put(p.inner, COMMIT(0), "zero");
    put(p.inner, LOG "00000000000000000000.checkpoint.parquet", "points");
    expect_get(&p, COMMIT(0), "zero", 1);
    expect_get(&p, COMMIT(0), "zero", 1); /* nothing was listed */
    list_log(&p);
    expect_get(&p, COMMIT(0), "zero", 1);
    expect_get(&p, COMMIT(0), "zero", 0);
    expect_get(&p, LOG "00000000000000000000.checkpoint.parquet", "points", 1);
    expect_get(&p, LOG "00000000000000000000.checkpoint.parquet", "points", 0);
    store_close(p.view); /* another process */
    p.view = open_view(p.inner, 0);
    expect_get(&p, COMMIT(0), "zero", 1);
    list_log(&p);
    expect_get(&p, COMMIT(0), "zero", 0);
    close_pair(&p);
}

static void commit_of_another_table_with_the_same_name_and_size_is_read(void **state)
{
    (void)state;
    pqt_error error;
    struct pair p;
    open_pair(&p);
    put(p.inner, COMMIT(0), "table 1");
    list_log(&p);
    expect_get(&p, COMMIT(0), "table 1", 1);
    assert_ok(store_remove(p.inner, COMMIT(0), &error));
    put(p.inner, COMMIT(0), "table 2");
    list_log(&p);
    expect_get(&p, COMMIT(0), "table 2", 1);
    expect_get(&p, COMMIT(0), "table 2", 0);
    close_pair(&p);
}

static bool is_there(store *s, const char *key)
{
    pqt_error error;
    buffer out = {0};
    bool found = true;
    const store_get_request request = {key, &out, &found};
    assert_ok(store_get_many(s, &request, 1, 1000, &error));
    buffer_free(&out);
    return found;
}

static void commit_behind_the_listed_end_is_not_asked_for(void **state)
{
    (void)state;
    pqt_error error;
    struct pair p;
    open_pair(&p);
    put(p.inner, COMMIT(0), "zero");
    put(p.inner, COMMIT(2), "two");
    list_log(&p);
    const uint64_t before = p.plan.calls;
    assert_false(is_there(p.view, COMMIT(3)));
    assert_int_equal(p.plan.calls, before);
    put(p.inner, COMMIT(1), "one"); /* a gap is looked into */
    assert_true(is_there(p.view, COMMIT(1)));
    assert_int_equal(p.plan.calls, before + 2);
    put(p.inner, COMMIT(3), "three");
    list_log(&p);
    assert_true(is_there(p.view, COMMIT(3)));
    p.plan.fail_at = p.plan.calls + 1; /* a listing that fails says nothing */
    assert_fails(store_list(p.view, LOG, NULL, see_nothing, NULL, &error), PQT_IO,
                 "list");
    put(p.inner, COMMIT(4), "four");
    assert_true(is_there(p.view, COMMIT(4)));
    close_pair(&p);
}

static void other_files_are_asked_for_each_time(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p);
    put(p.inner, LOG "_other", "hint");
    put(p.inner, "t/data.parquet", "data");
    list_log(&p);
    for (int i = 0; i < 2; i++) {
        expect_get(&p, LOG "_other", "hint", 1);
        expect_get(&p, "t/data.parquet", "data", 1);
    }
    close_pair(&p);
}

static void expect_recall(store *s, const store_object *object, const char *text)
{
    buffer out = {0};
    assert_int_equal(store_recall(s, object, &out), text != NULL);
    if (text) assert_view_is(buffer_view(&out), text);
    buffer_free(&out);
}

static void remembered_is_recalled_by_path_size_and_hash(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p);
    const store_object file = {"t/a.parquet", 100, "hash"},
                       path = {"t/b.parquet", 100, "hash"},
                       size = {"t/a.parquet", 101, "hash"},
                       hash = {"t/a.parquet", 100, "hasH"},
                       none = {"t/a.parquet", 100, NULL};
    expect_recall(p.view, &file, NULL);
    store_remember(p.view, &file, view_text("footer"));
    store_remember(p.view, &none, view_text("wrong"));
    expect_recall(p.view, &file, "footer");
    expect_recall(p.view, &path, NULL);
    expect_recall(p.view, &size, NULL);
    expect_recall(p.view, &hash, NULL);
    expect_recall(p.view, &none, NULL);
    expect_recall(p.inner, &file, NULL);
    assert_true(store_remembers(p.view));
    assert_false(store_remembers(p.inner));
    close_pair(&p);
}

static void view_refuses_to_write(void **state)
{
    (void)state;
    pqt_error error;
    struct pair p;
    void *lock;
    open_pair(&p);
    const store_body body = {-1, view_text("x")};
    assert_fails(store_put_if_absent(p.view, "a", &body, &error), PQT_UNSUPPORTED,
                 "for reading");
    assert_fails(store_remove(p.view, "a", &error), PQT_UNSUPPORTED, "for reading");
    assert_fails(store_probe_write(p.view, &error), PQT_UNSUPPORTED, "for reading");
    assert_fails(store_lock(p.view, "a", &lock, &error), PQT_UNSUPPORTED, "for reading");
    close_pair(&p);
}

/* --- The folder --- */

/* Calls back for each file of copies. */
typedef void (*file_callback)(const char *path, const struct stat *info, void *self);

static void each_file(file_callback callback, void *self)
{
    DIR *stream = opendir(objects);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream));) {
        char path[400];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", objects, entry->d_name);
        if (entry->d_name[0] == '.' || stat(path, &info) != 0) continue;
        callback(path, &info, self);
    }
    closedir(stream);
}

static void add_size(const char *path, const struct stat *info, void *self)
{
    (void)path;
    *(uint64_t *)self += (uint64_t)info->st_size;
}

static uint64_t total_bytes(void)
{
    uint64_t total = 0;
    each_file(add_size, &total);
    return total;
}

static cache_folder *open_folder(uint64_t limit_bytes)
{
    pqt_error error;
    cache_folder *folder = NULL;
    assert_ok(cache_folder_open(root, limit_bytes, &folder, &error));
    return folder;
}

static bool has(cache_folder *folder, const char *key, const char *text)
{
    buffer out = {0};
    const bool found = cache_folder_read(folder, key, &out);
    if (found && text) assert_view_is(buffer_view(&out), text);
    buffer_free(&out);
    return found;
}

static void check_mode(const char *path, const struct stat *info, void *self)
{
    (void)path;
    assert_int_equal(info->st_mode & 0777, 0600);
    ++*(int *)self;
}

static void copies_are_their_users_alone(void **state)
{
    (void)state;
    struct stat info;
    int count = 0;
    cache_folder *folder = open_folder(1 << 20);
    cache_folder_write(folder, "key", view_text("bytes"));
    assert_true(has(folder, "key", "bytes"));
    assert_int_equal(stat(objects, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    each_file(check_mode, &count);
    assert_int_equal(count, 1);
    cache_folder_close(folder);
}

static void flip_byte(const char *path, const struct stat *info, void *self)
{
    const long at = *(const long *)self;
    if (at >= (long)info->st_size) return;
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, at, SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}

static void cut_short(const char *path, const struct stat *info, void *self)
{
    (void)self;
    assert_int_equal(truncate(path, info->st_size - 1), 0);
}

static void damaged_copy_is_left_out_and_replaced(void **state)
{
    (void)state;
    cache_folder *folder = open_folder(1 << 20);
    for (long at = 0; at < 28 + 3 + 5; at++) { /* header, key, bytes */
        cache_folder_write(folder, "key", view_text("bytes"));
        assert_true(has(folder, "key", "bytes"));
        each_file(flip_byte, &at);
        assert_false(has(folder, "key", NULL));
    }
    cache_folder_write(folder, "key", view_text("bytes"));
    each_file(cut_short, NULL);
    assert_false(has(folder, "key", NULL));
    cache_folder_write(folder, "key", view_text("bytes"));
    assert_true(has(folder, "key", "bytes"));
    cache_folder_close(folder);
}

static void give_away(const char *path, const struct stat *info, void *self)
{
    (void)info;
    (void)self;
    assert_int_equal(chown(path, 1, 1), 0);
}

static void copy_of_another_user_is_left_out_and_replaced(void **state)
{
    (void)state;
    if (geteuid() != 0) skip();
    cache_folder *folder = open_folder(1 << 20);
    cache_folder_write(folder, "key", view_text("bytes"));
    each_file(give_away, NULL);
    assert_false(has(folder, "key", NULL));
    cache_folder_write(folder, "key", view_text("ours"));
    assert_true(has(folder, "key", "ours"));
    cache_folder_close(folder);
}

static void write_sized(cache_folder *folder, int number, size_t size_bytes)
{
    char key[20];
    uint8_t *bytes = alloc_zeroed(NULL, size_bytes, 1);
    assert_non_null(bytes);
    memset(bytes, number, size_bytes);
    snprintf(key, sizeof key, "copy %d", number);
    cache_folder_write(folder, key, view_of(bytes, size_bytes));
    alloc_release(NULL, bytes);
}

static void least_used_goes_first_and_the_bound_is_kept(void **state)
{
    (void)state;
    enum { LIMIT = 1 << 20, SIZE = 100000 };
    cache_folder *folder = open_folder(LIMIT);
    for (int i = 0; i < 40; i++) {
        write_sized(folder, i, SIZE);
        assert_true(total_bytes() <= LIMIT);
        assert_true(has(folder, "copy 0", NULL)); /* always used again */
        usleep(2000);
    }
    assert_true(has(folder, "copy 39", NULL));
    assert_false(has(folder, "copy 1", NULL));
    assert_true(total_bytes() > LIMIT / 2);
    write_sized(folder, 100, LIMIT); /* too large to keep */
    assert_false(has(folder, "copy 100", NULL));
    cache_folder_close(folder);
}

static void count(const char *path, const struct stat *info, void *self)
{
    (void)path;
    (void)info;
    ++*(int *)self;
}

static void copy_that_grows_is_counted_once(void **state)
{
    (void)state;
    int files = 0;
    cache_folder *folder = open_folder(1 << 20);
    for (int i = 0; i < 30; i++) {
        write_sized(folder, 1, 300000);
        write_sized(folder, 2, 300000);
    }
    each_file(count, &files);
    assert_int_equal(files, 2);
    cache_folder_close(folder);
}

static void *work(void *self)
{
    const int number = *(const int *)self;
    cache_folder *folder = open_folder(1 << 20); /* as another process has it */
    for (int i = 0; i < 60; i++) {
        char key[20], text[20];
        snprintf(key, sizeof key, "shared %d", i % 7);
        snprintf(text, sizeof text, "text %d", i % 7);
        cache_folder_write(folder, key, view_text(text));
        has(folder, key, text); /* there or not, but never another */
        write_sized(folder, number * 100 + i, 20000);
    }
    cache_folder_close(folder);
    return NULL;
}

static void threads_see_whole_copies_and_keep_the_bound(void **state)
{
    (void)state;
    enum { THREADS = 6 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_true(total_bytes() <= 1 << 20);
    assert_true(total_bytes() > 1 << 18);
}

static void bound_that_is_too_small_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    store *memory = NULL, *view = NULL;
    const store_cache_options options = {root, CACHE_LEAST_BYTES - 1};
    assert_ok(store_open_memory(&memory, &error));
    assert_fails(store_open_cached(memory, &options, &view, &error), PQT_INVALID,
                 "at least 1048576");
    store_close(memory);
}

/* Each place where nothing can be kept: reading goes on all the same. */
static void place_that_cannot_be_used_keeps_nothing(void **state)
{
    (void)state;
    char file[80], shared[80];
    struct pair p;
    pqt_error error;
    snprintf(file, sizeof file, "%s/file", root);
    snprintf(shared, sizeof shared, "%s/shared", root);
    fclose(fopen(file, "w"));
    mkdir(shared, 0777);
    strcat(shared, "/objects");
    mkdir(shared, 0777);
    chmod(shared, 0777);
    shared[strlen(shared) - 8] = 0;
    const char *const places[] = {file, shared, "/dev/null/x", "/proc/nowhere",
                                  "/dev/full"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const store_cache_options options = {.directory = places[i]};
        open_pair(&p);
        store_close(p.view);
        assert_ok(store_open_cached(p.inner, &options, &p.view, &error));
        put(p.inner, COMMIT(0), "zero");
        list_log(&p);
        expect_get(&p, COMMIT(0), "zero", 1);
        expect_get(&p, COMMIT(0), "zero", 1);
        close_pair(&p);
    }
}

static void forgetting_takes_what_begins_with_a_prefix(void **state)
{
    (void)state;
    pqt_error error;
    size_t removed = 0;
    struct pair p;
    open_pair(&p);
    const store_cache_options options = {.directory = root};
    const store_object one = {"t/2026/a.parquet", 1, "h"},
                       two = {"t/2026/b.parquet", 1, "h"},
                       three = {"u/a.parquet", 1, "h"};
    store_remember(p.view, &one, view_text("1"));
    store_remember(p.view, &two, view_text("2"));
    store_remember(p.view, &three, view_text("3"));
    assert_ok(
        store_cache_forget(p.inner, &options, "t/2026/a.parquet", &removed, &error));
    assert_int_equal(removed, 1);
    expect_recall(p.view, &one, NULL);
    expect_recall(p.view, &two, "2");
    assert_ok(store_cache_forget(p.view, &options, "t/", &removed, &error));
    assert_int_equal(removed, 1);
    expect_recall(p.view, &two, NULL);
    expect_recall(p.view, &three, "3");
    assert_ok(store_cache_forget(p.inner, &options, "", NULL, &error));
    expect_recall(p.view, &three, NULL);
    assert_int_equal(total_bytes(), 0);
    close_pair(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commit_is_had_from_its_copy_after_a_listing),
        TEST(commit_of_another_table_with_the_same_name_and_size_is_read),
        TEST(commit_behind_the_listed_end_is_not_asked_for),
        TEST(other_files_are_asked_for_each_time),
        TEST(remembered_is_recalled_by_path_size_and_hash),
        TEST(view_refuses_to_write),
        TEST(copies_are_their_users_alone),
        TEST(damaged_copy_is_left_out_and_replaced),
        TEST(copy_of_another_user_is_left_out_and_replaced),
        TEST(least_used_goes_first_and_the_bound_is_kept),
        TEST(copy_that_grows_is_counted_once),
        TEST(threads_see_whole_copies_and_keep_the_bound),
        TEST(bound_that_is_too_small_is_refused),
        TEST(place_that_cannot_be_used_keeps_nothing),
        TEST(forgetting_takes_what_begins_with_a_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
