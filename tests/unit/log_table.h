/* A small table whose log is made commit by commit, for tests of checkpoints. */
#ifndef LOG_TABLE_H
#define LOG_TABLE_H

#include <stdio.h>

#include "delta/delta.h"
#include "test_help.h"

static const delta_column log_table_columns[] = {{"id", "long", false},
                                                 {"s", "string", true}};

/* What a checkpoint must not lose: statistics, tags, odd names. */
static inline delta_file log_table_file(const char *path)
{
    static const delta_column_stats stats[] = {
        {"id", true, false, 1, 9007199254740993, NULL, NULL, 0},
        {"s", true, true, 0, 0, "a\"\\", "\xc3\xa9", 4}};
    static const delta_pair tags[] = {{"pqa.sha256", "00"}, {"pqa.rows", "33"}};
    return (delta_file){path, 11, 22, true, 33, stats, 2, tags, 2};
}

/* Commit `version` adds "2026/f <version>", and every third removes the one before. */
static inline pqt_status log_table_commit(store *s, int64_t deleted_ms,
                                          const pqt_progress *progress, pqt_error *error)
{
    delta_snapshot *base = NULL;
    TRY(delta_snapshot_read(s, "t", &base, error));
    const int version = (int)base->version + 1;
    char path[40], older[40], covered[20];
    snprintf(path, sizeof path, "2026/f %d", version);
    snprintf(older, sizeof older, "2026/f %d", version - 1);
    snprintf(covered, sizeof covered, "%d", version);
    const delta_file file = log_table_file(path);
    const delta_remove removed = {older, 11, deleted_ms, true};
    const delta_pair configuration[] = {{"pqa.covered", covered}};
    const delta_changes changes = {.adds = &file,
                                   .add_count = 1,
                                   .removes = &removed,
                                   .remove_count = version % 3 == 0,
                                   .configuration = configuration,
                                   .configuration_count = 1,
                                   .progress = progress};
    const pqt_status status =
        delta_commit(s, "t", base, &changes, NULL, NULL, NULL, error);
    delta_snapshot_free(base);
    return status;
}

static inline void log_table_fill(store *s, int commits, int64_t deleted_ms)
{
    pqt_error error;
    const delta_pair configuration[] = {{"k", "v"}};
    const delta_changes nothing = {.operation = "CREATE TABLE",
                                   .configuration = configuration,
                                   .configuration_count = 1};
    assert_ok(delta_create(s, "t", log_table_columns, 2, &nothing, &error));
    for (int i = 0; i < commits; i++)
        assert_ok(log_table_commit(s, deleted_ms, NULL, &error));
}

static inline store *log_table_open(int commits, int64_t deleted_ms)
{
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    log_table_fill(s, commits, deleted_ms);
    return s;
}

static inline delta_snapshot *log_table_read(store *s)
{
    pqt_error error;
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, "t", &snapshot, &error));
    return snapshot;
}

static inline void log_table_remove(store *s, const char *name)
{
    pqt_error error;
    char key[200];
    snprintf(key, sizeof key, "t/_delta_log/%s", name);
    assert_ok(store_remove(s, key, &error));
}

static inline void log_table_remove_commits(store *s, int first, int last)
{
    for (int i = first; i <= last; i++) {
        char name[40];
        snprintf(name, sizeof name, "%020d.json", i);
        log_table_remove(s, name);
    }
}

static inline bool log_table_has(store *s, const char *name)
{
    char key[200];
    uint64_t size;
    snprintf(key, sizeof key, "t/_delta_log/%s", name);
    return store_size(s, key, &size, NULL) == PQT_OK;
}

/* That the table is the one of `log_table_commit` at this version. */
static inline void log_table_check(store *s, int version)
{
    delta_snapshot *snapshot = log_table_read(s);
    int32_t files = 0;
    char covered[20];
    assert_int_equal(snapshot->version, version);
    for (int i = 1; i <= version; i++) {
        char path[40];
        snprintf(path, sizeof path, "2026/f %d", i);
        const bool is_gone = (i + 1) % 3 == 0 && i + 1 <= version;
        const delta_file *file = delta_find(snapshot, path);
        assert_int_equal(file == NULL, is_gone);
        files += !is_gone;
        if (!file) continue;
        assert_int_equal(file->row_count, 33);
        assert_true(delta_stats(file, "id")->max_number == 9007199254740993);
        assert_string_equal(delta_stats(file, "s")->min_text, "a\"\\");
        assert_string_equal(delta_stats(file, "s")->max_text, "\xc3\xa9");
        assert_int_equal(delta_stats(file, "s")->null_count, 4);
        assert_string_equal(delta_tag(file, "pqa.rows"), "33");
        assert_int_equal(file->modified_ms, 22);
    }
    assert_int_equal(snapshot->file_count, files);
    snprintf(covered, sizeof covered, "%d", version);
    assert_string_equal(delta_configuration(snapshot, "k"), "v");
    if (version > 0)
        assert_string_equal(delta_configuration(snapshot, "pqa.covered"), covered);
    assert_string_equal(snapshot->schema[1].name, "s");
    delta_snapshot_free(snapshot);
}

#endif
