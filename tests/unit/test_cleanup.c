#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "fault_calls.h"
#include "log_table.h"

static char root[] = "/tmp/pqa-cleanup-XXXXXX";

/* A table on a disk, whose files are as old as they are told to be. */
static store *make_table(int commits)
{
    pqt_error error;
    store *s = NULL;
    strcpy(root, "/tmp/pqa-cleanup-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_ok(store_open(root, NULL, &s, &error));
    log_table_fill(s, commits, clock_wall_ms());
    return s;
}

static void remove_table(store *s)
{
    char command[80];
    store_close(s);
    snprintf(command, sizeof command, "rm -rf %s", root);
    assert_int_equal(system(command), 0);
}

static void set_age(const char *name, int days)
{
    char path[200];
    const time_t then = (time_t)(clock_wall_ms() / 1000) - (time_t)days * 24 * 60 * 60;
    const struct timespec times[2] = {{then, 0}, {then, 0}};
    snprintf(path, sizeof path, "%s/t/_delta_log/%s", root, name);
    (void)utimensat(AT_FDCWD, path, times, 0);
}

/* Version v is `oldest - v` days old, its checkpoint too. */
static void age_files(int commits, int oldest)
{
    for (int i = 0; i <= commits; i++) {
        char name[60];
        snprintf(name, sizeof name, "%020d.json", i);
        set_age(name, oldest - i);
        snprintf(name, sizeof name, "%020d.checkpoint.parquet", i);
        set_age(name, oldest - i);
    }
}

static pqt_status clean(store *s, delta_cleaned *cleaned, pqt_error *error)
{
    delta_snapshot *snapshot = log_table_read(s);
    const pqt_status status =
        delta_cleanup(s, "t", snapshot, clock_wall_ms(), cleaned, error);
    delta_snapshot_free(snapshot);
    return status;
}

static bool has_commit(store *s, int version)
{
    char name[60];
    snprintf(name, sizeof name, "%020d.json", version);
    return log_table_has(s, name);
}

static void cleanup_keeps_what_a_reader_needs(void **state)
{
    (void)state;
    pqt_error error;
    delta_cleaned cleaned;
    store *s = make_table(35);
    const store_body note = {-1, view_text("x")};
    assert_ok(store_put_if_absent(s, "t/_delta_log/notes.txt", &note, &error));
    assert_ok(store_put_if_absent(s,
                                  "t/_delta_log/_staged_commits/"
                                  "00000000000000000001.json",
                                  &note, &error));
    /* Versions up to 26 are 30 days old: the checkpoint of 20 is the last of them. */
    age_files(35, 56);
    assert_ok(clean(s, &cleaned, &error));
    assert_int_equal(cleaned.first_kept, 20);
    assert_int_equal(cleaned.commits, 20);
    assert_int_equal(cleaned.checkpoints, 1);
    assert_false(has_commit(s, 0) || has_commit(s, 19));
    assert_true(has_commit(s, 20) && has_commit(s, 21));
    assert_true(log_table_has(s, "00000000000000000020.checkpoint.parquet"));
    assert_true(log_table_has(s, "notes.txt"));
    assert_true(log_table_has(s, "_last_checkpoint"));
    log_table_check(s, 35);
    assert_ok(clean(s, &cleaned, &error));
    assert_int_equal(cleaned.commits + cleaned.checkpoints, 0);
    assert_ok(log_table_commit(s, clock_wall_ms(), NULL, &error));
    log_table_check(s, 36);
    remove_table(s);
}

/* One that a crash left behind names a checkpoint that goes. */
static void cleanup_leaves_no_hint_to_what_it_removes(void **state)
{
    (void)state;
    static const char *const hints[] = {"{\"version\":10,\"size\":1}", "{", ""};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        pqt_error error;
        delta_cleaned cleaned;
        store *s = make_table(25);
        assert_ok(store_replace(s, "t/_delta_log/_last_checkpoint", view_text(hints[i]),
                                &error));
        age_files(25, 100);
        assert_ok(clean(s, &cleaned, &error));
        assert_int_equal(cleaned.first_kept, 20);
        assert_false(log_table_has(s, "_last_checkpoint"));
        log_table_check(s, 25);
        remove_table(s);
    }
}

static void cleanup_of_young_logs_removes_nothing(void **state)
{
    (void)state;
    pqt_error error;
    delta_cleaned cleaned;
    store *s = make_table(15);
    assert_ok(clean(s, &cleaned, &error));
    assert_int_equal(cleaned.first_kept, -1);
    age_files(15, 37); /* commits up to 7 are old, the first checkpoint is of 10 */
    assert_ok(clean(s, &cleaned, &error));
    assert_int_equal(cleaned.first_kept, -1);
    log_table_remove(s, "00000000000000000010.checkpoint.parquet");
    age_files(15, 100);
    assert_ok(clean(s, &cleaned, &error));
    assert_int_equal(cleaned.commits, 0);
    log_table_check(s, 15);
    remove_table(s);
}

/* A checkpoint that cannot be read, or that says something else, stands for nothing. */
static void cleanup_trusts_no_checkpoint_unread(void **state)
{
    (void)state;
    pqt_error error;
    delta_cleaned cleaned;
    store *s = make_table(12);
    static const char key[] = "t/_delta_log/00000000000000000010.checkpoint.parquet";
    buffer whole = {0};
    assert_ok(store_get(s, key, 1 << 20, &whole, &error));
    assert_ok(store_replace(s, key, view_of(whole.data, 200), &error));
    age_files(12, 100);
    assert_fails(clean(s, &cleaned, &error), PQT_CORRUPT, "checkpoint");
    assert_true(has_commit(s, 0));

    store *other = log_table_open(20, clock_wall_ms());
    buffer foreign = {0};
    assert_ok(store_get(other, "t/_delta_log/00000000000000000020.checkpoint.parquet",
                        1 << 20, &foreign, &error));
    delta_snapshot *ours = log_table_read(s);
    assert_ok(store_replace(s, key, buffer_view(&foreign), &error));
    age_files(12, 100);
    assert_fails(delta_cleanup(s, "t", ours, clock_wall_ms(), &cleaned, &error),
                 PQT_CORRUPT, "another table");
    assert_true(has_commit(s, 0));

    assert_ok(store_replace(s, key, buffer_view(&whole), &error));
    age_files(12, 100);
    assert_ok(log_table_commit(s, clock_wall_ms(), NULL, &error));
    assert_fails(delta_cleanup(s, "t", ours, clock_wall_ms(), &cleaned, &error),
                 PQT_CONFLICT, "version 13");
    assert_true(has_commit(s, 0));
    delta_snapshot_free(ours);
    buffer_free(&whole);
    buffer_free(&foreign);
    store_close(other);
    remove_table(s);
}

/* Ended by a fault anywhere: the table is readable, and the next run finishes. */
static void cleanup_survives_every_fault(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 40; at = next_call(at)) {
        pqt_error error;
        delta_cleaned cleaned;
        store *faulty = NULL, *inner = make_table(22);
        age_files(22, 200);
        struct store_fault_plan plan = {
            .fail_at = at, .fail_for_ever = at & 1, .apply_first = at & 2};
        delta_snapshot *snapshot = log_table_read(inner);
        assert_ok(store_open_faulty(inner, &plan, &faulty, &error));
        (void)delta_cleanup(faulty, "t", snapshot, clock_wall_ms(), &cleaned, &error);
        log_table_check(inner, 22);
        plan = (struct store_fault_plan){0};
        assert_ok(
            delta_cleanup(faulty, "t", snapshot, clock_wall_ms(), &cleaned, &error));
        assert_false(has_commit(inner, 0) || has_commit(inner, 19));
        log_table_check(inner, 22);
        delta_snapshot_free(snapshot);
        remove_table(faulty);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleanup_keeps_what_a_reader_needs),
        cmocka_unit_test(cleanup_leaves_no_hint_to_what_it_removes),
        cmocka_unit_test(cleanup_of_young_logs_removes_nothing),
        cmocka_unit_test(cleanup_trusts_no_checkpoint_unread),
        cmocka_unit_test(cleanup_survives_every_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
