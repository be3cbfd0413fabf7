#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "delta/delta.h"
#include "test_help.h"

static const delta_column columns[] = {{"id", "long", false}, {"s", "string", true}};
static const delta_changes nothing = {.operation = "CREATE TABLE"};

static delta_file make_file(const char *path)
{
    static const delta_column_stats stats[] = {
        {"id", true, false, 1, 9007199254740993, NULL, NULL, 0},
        {"s", true, true, 0, 0, "a\"\\", "\xc3\xa9", 4}};
    static const delta_pair tags[] = {{"pqa.sha256", "00"}};
    return (delta_file){path, 11, 22, true, 33, stats, 2, tags, 1};
}

static store *make_table(void)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    assert_ok(delta_create(s, "t", columns, 2, &nothing, &error));
    return s;
}

static delta_snapshot *read_table(store *s)
{
    pqt_error error;
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, "t", &snapshot, &error));
    return snapshot;
}

static void commit_is_read_back_as_written(void **state)
{
    (void)state;
    pqt_error error;
    store *s = make_table();
    assert_fails(delta_create(s, "t", columns, 2, &nothing, &error), PQT_CONFLICT,
                 "already");
    delta_snapshot *base = read_table(s);
    assert_int_equal(base->column_count, 2);
    assert_true(base->schema[1].nullable);
    const delta_file file = make_file("2026/a b.parquet");
    const delta_pair configuration[] = {{"pqa.covered", "2026-01-01"}};
    const delta_changes changes = {.adds = &file,
                                   .add_count = 1,
                                   .configuration = configuration,
                                   .configuration_count = 1};
    int64_t version = 0;
    assert_ok(delta_commit(s, "t", base, &changes, NULL, NULL, &version, &error));
    assert_int_equal(version, 1);
    delta_snapshot *after = read_table(s);
    const delta_file *found = delta_find(after, "2026/a b.parquet");
    assert_non_null(found);
    assert_int_equal(found->size_bytes, 11);
    assert_int_equal(found->row_count, 33);
    assert_true(delta_stats(found, "id")->max_number == 9007199254740993);
    assert_string_equal(delta_stats(found, "s")->min_text, "a\"\\");
    assert_int_equal(delta_stats(found, "s")->null_count, 4);
    assert_string_equal(delta_tag(found, "pqa.sha256"), "00");
    assert_string_equal(delta_configuration(after, "pqa.covered"), "2026-01-01");
    assert_string_equal(after->table_id, base->table_id);

    assert_fails(delta_commit(s, "t", after, &changes, NULL, NULL, NULL, &error),
                 PQT_INVALID, "cannot add");
    const delta_remove gone = {"2026/a b.parquet", 11, 5, true};
    const delta_changes removal = {.removes = &gone, .remove_count = 1};
    assert_ok(delta_commit(s, "t", after, &removal, NULL, NULL, NULL, &error));
    delta_snapshot *last = read_table(s);
    assert_int_equal(last->file_count, 0);
    assert_int_equal(last->remove_count, 1);
    assert_string_equal(delta_configuration(last, "pqa.covered"), "2026-01-01");
    assert_fails(delta_commit(s, "t", last, &removal, NULL, NULL, NULL, &error),
                 PQT_INVALID, "cannot remove");
    delta_snapshot_free(base);
    delta_snapshot_free(after);
    delta_snapshot_free(last);
    store_close(s);
}

static pqt_status agree(void *self, const delta_snapshot *base,
                        const delta_snapshot *theirs, delta_changes *changes,
                        pqt_error *error)
{
    (void)changes;
    (void)error;
    assert_true(theirs->version > base->version);
    ++*(int *)self;
    return PQT_OK;
}

static void commit_conflict_needs_a_rebase(void **state)
{
    (void)state;
    pqt_error error;
    store *s = make_table();
    delta_snapshot *base = read_table(s);
    const delta_file one = make_file("one"), two = make_file("two");
    const delta_changes first = {.adds = &one, .add_count = 1};
    const delta_changes second = {.adds = &two, .add_count = 1};
    int rebased = 0;
    assert_ok(delta_commit(s, "t", base, &first, NULL, NULL, NULL, &error));
    assert_fails(delta_commit(s, "t", base, &second, NULL, NULL, NULL, &error),
                 PQT_CONFLICT, "another process");
    assert_ok(delta_commit(s, "t", base, &second, agree, &rebased, NULL, &error));
    assert_int_equal(rebased, 1);
    delta_snapshot *after = read_table(s);
    assert_int_equal(after->file_count, 2);
    delta_snapshot_free(base);
    delta_snapshot_free(after);
    store_close(s);
}

/* Whatever call fails, once or for ever, with or without effect: a commit that reports
 * success is there, and the log stays whole. */
static void commit_survives_every_fault(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++)
        for (uint64_t at = 1; at < 8; at++) {
            pqt_error error;
            store *faulty = NULL, *inner = make_table();
            struct store_fault_plan plan = {0};
            assert_ok(store_open_faulty(inner, &plan, &faulty, &error));
            delta_snapshot *base = read_table(faulty);
            const delta_file file = make_file("one");
            const delta_changes changes = {.adds = &file, .add_count = 1};
            plan = (struct store_fault_plan){
                .fail_at = at, .fail_for_ever = kind & 1, .apply_first = kind & 2};
            const pqt_status status =
                delta_commit(faulty, "t", base, &changes, NULL, NULL, NULL, &error);
            delta_snapshot *after = read_table(inner);
            if (status == PQT_OK) assert_int_equal(after->file_count, 1);
            if (after->file_count == 0) assert_true(status != PQT_OK);
            if (kind == 2 && at == 1) assert_int_equal(status, PQT_OK);
            delta_snapshot_free(base);
            delta_snapshot_free(after);
            store_close(faulty);
        }
}

enum { WRITERS = 4, COMMITS = 25 };

static void commit_many(const char *root, int writer)
{
    store *s = NULL;
    if (store_open(root, NULL, &s, NULL) != PQT_OK) _exit(1);
    for (int i = 0; i < COMMITS; i++) {
        char path[32];
        int rebased = 0;
        snprintf(path, sizeof path, "w%d-%d", writer, i);
        const delta_file file = make_file(path);
        const delta_changes changes = {.adds = &file, .add_count = 1};
        delta_snapshot *base = NULL;
        if (delta_snapshot_read(s, "t", &base, NULL) != PQT_OK) _exit(2);
        if (delta_commit(s, "t", base, &changes, agree, &rebased, NULL, NULL) != PQT_OK)
            _exit(3);
        delta_snapshot_free(base);
    }
    store_close(s);
    _exit(0);
}

static void commit_by_processes_at_once_loses_nothing(void **state)
{
    (void)state;
    pqt_error error;
    char root[] = "/tmp/pqa-commit-XXXXXX", command[64];
    assert_non_null(mkdtemp(root));
    store *s = NULL;
    assert_ok(store_open(root, NULL, &s, &error));
    assert_ok(delta_create(s, "t", columns, 2, &nothing, &error));
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        if ((children[i] = fork()) == 0) commit_many(root, i);
    for (int i = 0; i < WRITERS; i++) {
        int result = 0;
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
        assert_int_equal(result, 0);
    }
    delta_snapshot *after = read_table(s);
    assert_int_equal(after->version, WRITERS * COMMITS);
    assert_int_equal(after->file_count, WRITERS * COMMITS);
    delta_snapshot_free(after);
    store_close(s);
    snprintf(command, sizeof command, "rm -rf %s", root);
    assert_int_equal(system(command), 0);
}

static void assert_same_tables(const delta_snapshot *a, const delta_snapshot *b)
{
    assert_int_equal(a->version, b->version);
    assert_string_equal(a->metadata_json, b->metadata_json);
    assert_int_equal(a->removes ? a->remove_count : 0, b->remove_count);
    assert_int_equal(a->file_count, b->file_count);
    for (int32_t i = 0; i < a->file_count; i++) {
        assert_string_equal(a->files[i].path, b->files[i].path);
        assert_int_equal(a->files[i].row_count, b->files[i].row_count);
    }
}

/* Commits that add and remove: from each version on, reading on is reading anew. */
static void snapshot_brought_forward_equals_one_read_anew(void **state)
{
    (void)state;
    enum { CHAIN = 12 };
    pqt_error error;
    store *s = make_table();
    delta_snapshot *at[CHAIN + 1];
    at[0] = read_table(s);
    for (int i = 0; i < CHAIN; i++) {
        char path[20], older[20], covered[20];
        snprintf(path, sizeof path, "f%d", i % 5);
        snprintf(older, sizeof older, "f%d", (i + 2) % 5);
        snprintf(covered, sizeof covered, "%d", i);
        const delta_file file = make_file(path);
        const delta_remove remove = {older, 11, 22, true};
        const delta_pair configuration[] = {{"pqa.covered", covered}};
        const delta_changes changes = {.adds = &file,
                                       .add_count = delta_find(at[i], path) ? 0 : 1,
                                       .removes = &remove,
                                       .remove_count = delta_find(at[i], older) ? 1 : 0,
                                       .configuration = configuration,
                                       .configuration_count = i % 3 == 0};
        assert_ok(delta_commit(s, "t", at[i], &changes, NULL, NULL, NULL, &error));
        at[i + 1] = read_table(s);
    }
    for (int i = 0; i <= CHAIN; i++) {
        assert_ok(delta_snapshot_update(s, "t", at[i], &error));
        if (i < CHAIN) assert_same_tables(at[i], at[CHAIN]);
    }
    for (int i = 0; i <= CHAIN; i++) delta_snapshot_free(at[i]);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_is_read_back_as_written),
        cmocka_unit_test(commit_conflict_needs_a_rebase),
        cmocka_unit_test(commit_survives_every_fault),
        cmocka_unit_test(commit_by_processes_at_once_loses_nothing),
        cmocka_unit_test(snapshot_brought_forward_equals_one_read_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
