#include "delta/checkpoint.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "delta/action_columns.h"
#include "fault_calls.h"
#include "log_table.h"

static const char file_10[] = "00000000000000000010.checkpoint.parquet";
static const char file_20[] = "00000000000000000020.checkpoint.parquet";

static void put(store *s, const char *name, pqt_view bytes)
{
    pqt_error error;
    char key[200];
    snprintf(key, sizeof key, "t/_delta_log/%s", name);
    assert_ok(store_replace(s, key, bytes, &error));
}

static void get(store *s, const char *name, buffer *out)
{
    pqt_error error;
    char key[200];
    snprintf(key, sizeof key, "t/_delta_log/%s", name);
    assert_ok(store_get(s, key, 1 << 30, out, &error));
}

static void checkpoint_stands_for_the_commits_before_it(void **state)
{
    (void)state;
    store *s = log_table_open(25, clock_wall_ms());
    assert_true(log_table_has(s, file_10) && log_table_has(s, file_20));
    assert_false(log_table_has(s, "00000000000000000000.checkpoint.parquet"));
    log_table_check(s, 25);
    log_table_remove_commits(s, 0, 20);
    log_table_check(s, 25);
    delta_snapshot *snapshot = log_table_read(s);
    assert_int_equal(snapshot->remove_count, 8);
    assert_string_equal(snapshot->removes[0].path, "2026/f 11");
    delta_snapshot_free(snapshot);
    buffer hint = {0};
    get(s, "_last_checkpoint", &hint);
    json_t *said = json_loadb((char *)hint.data, hint.size_bytes, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(said, "version")), 20);
    assert_int_equal(json_integer_value(json_object_get(said, "size")), 2 + 6 + 14);
    assert_int_equal(json_integer_value(json_object_get(said, "numOfAddFiles")), 14);
    assert_null(json_object_get(said, "parts"));
    json_decref(said);
    buffer_free(&hint);
    log_table_remove_commits(s, 22, 22);
    pqt_error error;
    assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT, "gap");
    store_close(s);
}

static void checkpoint_leaves_out_old_tombstones(void **state)
{
    (void)state;
    store *s = log_table_open(12, clock_wall_ms() - INT64_C(8) * 24 * 60 * 60 * 1000);
    delta_snapshot *snapshot = log_table_read(s);
    assert_int_equal(snapshot->remove_count, 1); /* of version 12 */
    delta_snapshot_free(snapshot);
    store_close(s);
}

static void checkpoint_of_the_same_table_is_the_same_bytes(void **state)
{
    (void)state;
    pqt_error error;
    store *s = log_table_open(5, 1000);
    delta_snapshot *snapshot = log_table_read(s);
    buffer one = {0}, two = {0};
    checkpoint_counts counts;
    assert_ok(checkpoint_encode(snapshot, 2000, &one, &counts, &error));
    assert_ok(checkpoint_encode(snapshot, 2000, &two, &counts, &error));
    assert_true(view_equal(buffer_view(&one), buffer_view(&two)));
    buffer_free(&one);
    buffer_free(&two);
    delta_snapshot_free(snapshot);
    store_close(s);
}

/* A log of more files than one listing takes, so that _last_checkpoint is asked. */
static void fill_listing(store *s)
{
    for (int i = 0; i < 1000; i++) {
        char name[40];
        snprintf(name, sizeof name, "%020d.old", i % 10 * 1000 + i);
        put(s, name, view_text("x"));
    }
}

static void hint_that_is_wrong_costs_nothing_but_time(void **state)
{
    (void)state;
    static const char *const hints[] = {
        "",
        "{",
        "[]",
        "{\"version\":\"20\"}",
        "{\"version\":10,\"size\":1}",
        "{\"version\":15,\"size\":1}",
        "{\"version\":30,\"size\":1,\"parts\":3}",
        "{\"version\":-1}",
        "{\"version\":9223372036854775807}",
        "{\"version\":20,\"size\":1}",
    };
    for (int is_long = 0; is_long < 2; is_long++) {
        store *s = log_table_open(25, clock_wall_ms());
        if (is_long) fill_listing(s);
        for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
            put(s, "_last_checkpoint", view_text(hints[i]));
            log_table_check(s, 25);
        }
        log_table_remove(s, "_last_checkpoint");
        log_table_check(s, 25);
        log_table_remove_commits(s, 0, 19);
        for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
            put(s, "_last_checkpoint", view_text(hints[i]));
            log_table_check(s, 25);
        }
        store_close(s);
    }
}

/* Cut at every length, and with a byte changed, in a log that has the commits and in one
 * that has only an older checkpoint. */
static void checkpoint_that_is_damaged_is_passed_over(void **state)
{
    (void)state;
    pqt_error error;
    for (int is_long = 0; is_long < 2; is_long++) {
        store *s = log_table_open(21, clock_wall_ms());
        buffer whole = {0};
        get(s, file_20, &whole);
        if (is_long) fill_listing(s);
        log_table_remove_commits(s, 0, 10);
        for (size_t size = 0; size < whole.size_bytes; size += is_long ? 1000 : 37) {
            put(s, file_20, view_of(whole.data, size));
            log_table_check(s, 21);
        }
        put(s, file_10, view_of(whole.data, 100));
        put(s, file_20, view_of(whole.data, 100));
        delta_snapshot *snapshot = NULL;
        assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT,
                     file_20);
        put(s, file_20, buffer_view(&whole));
        log_table_check(s, 21);
        log_table_remove(s, file_20);
        assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT,
                     file_10);
        log_table_remove(s, file_10);
        assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT,
                     "without a checkpoint");
        buffer_free(&whole);
        store_close(s);
    }
}

static void add_row(action_columns *columns, const char *name, const char *action)
{
    pqt_error error;
    json_t *object = json_loads(action, 0, NULL);
    assert_non_null(object);
    assert_ok(action_columns_add(columns, name, object, &error));
}

static const char *const rows[][2] = {
    {"protocol", "{\"minReaderVersion\":1,\"minWriterVersion\":2}"},
    {"metaData",
     "{\"id\":\"t\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"
     "\"schemaString\":"
     "\"{\\\"fields\\\":[{\\\"name\\\":\\\"id\\\",\\\"type\\\":\\\"long\\\"}]}\","
     "\"partitionColumns\":[],\"configuration\":{\"k\":\"v\"},\"createdTime\":7}"},
    {"txn", "{\"appId\":\"job\",\"version\":9}"},
    {"add",
     "{\"path\":\"a%20b\",\"partitionValues\":{},\"size\":5,\"modificationTime\":6,"
     "\"dataChange\":false}"},
    {"remove",
     "{\"path\":\"a%20b\",\"deletionTimestamp\":1,\"dataChange\":false,\"size\":5}"},
    {"remove", "{\"path\":\"c\",\"deletionTimestamp\":1,\"dataChange\":false}"},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static void encode_rows(int first, int end, const char *name, const char *extra,
                        buffer *out)
{
    pqt_error error;
    action_columns *columns = NULL;
    assert_ok(action_columns_create(out, &columns, &error));
    for (int i = first; i < end; i++) add_row(columns, rows[i][0], rows[i][1]);
    if (extra) add_row(columns, name, extra);
    assert_ok(action_columns_finish(columns, &error));
    action_columns_free(columns);
}

static void checkpoint_in_parts_is_read_whole(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    static const int starts[] = {0, 1, 4, ROW_COUNT};
    for (int part = 0; part < 3; part++) {
        char name[100];
        buffer bytes = {0};
        encode_rows(starts[part], starts[part + 1], NULL, NULL, &bytes);
        snprintf(name, sizeof name, "%020d.checkpoint.%010d.%010d.parquet", 7, part + 1,
                 3);
        put(s, name, buffer_view(&bytes));
        buffer_free(&bytes);
        delta_snapshot *snapshot = NULL;
        if (part < 2)
            assert_true(delta_snapshot_read(s, "t", &snapshot, &error) != PQT_OK);
    }
    delta_snapshot *snapshot = log_table_read(s);
    assert_int_equal(snapshot->version, 7);
    assert_int_equal(snapshot->file_count, 1);
    assert_string_equal(snapshot->files[0].path, "a b");
    assert_int_equal(snapshot->files[0].row_count, -1);
    assert_int_equal(snapshot->remove_count, 1);
    assert_string_equal(snapshot->removes[0].path, "c");
    assert_string_equal(delta_configuration(snapshot, "k"), "v");
    assert_string_equal(snapshot->metadata_json, rows[1][1]);
    delta_snapshot_free(snapshot);
    store_close(s);
}

static void checkpoint_keeps_what_others_noted(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    buffer bytes = {0};
    assert_ok(store_open_memory(&s, &error));
    encode_rows(0, ROW_COUNT, NULL, NULL, &bytes);
    put(s, file_10, buffer_view(&bytes));
    put(s, "00000000000000000011.json",
        view_text("{\"txn\":{\"appId\":\"b\",\"version\":1,\"lastUpdated\":3}}\n"
                  "{\"txn\":{\"appId\":\"job\",\"version\":10}}"));
    assert_ok(delta_checkpoint_write(s, "t", 0, &error));
    log_table_remove(s, file_10);
    log_table_remove_commits(s, 11, 11);
    delta_snapshot *snapshot = log_table_read(s);
    const delta_transaction *kept = snapshot->replay->transactions.elements;
    assert_int_equal(snapshot->version, 11);
    assert_int_equal(snapshot->replay->transactions.count, 2);
    assert_string_equal(kept[0].application, "b");
    assert_int_equal(kept[0].updated_ms, 3);
    assert_int_equal(kept[1].version, 10);
    assert_int_equal(kept[1].updated_ms, -1);
    delta_snapshot_free(snapshot);
    buffer_free(&bytes);
    store_close(s);
}

static void checkpoint_beyond_ours_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *action, *part;
        pqt_status status;
    } cases[] = {
        {"add", "{\"path\":\"a%20b\",\"size\":5}", "added twice", PQT_CORRUPT},
        {"add", "{\"size\":5}", "'path'", PQT_CORRUPT},
        {"add", "{\"path\":\"../x\",\"size\":5}", "inside the table", PQT_CORRUPT},
        {"add", "{\"path\":\"x\",\"size\":5,\"deletionVector\":{\"storageType\":\"u\"}}",
         "deletion vector", PQT_UNSUPPORTED},
        {"protocol",
         "{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":["
         "\"v2Checkpoint\"],\"writerFeatures\":[\"v2Checkpoint\"]}",
         "v2Checkpoint", PQT_UNSUPPORTED},
        {"metaData",
         "{\"id\":\"t\",\"schemaString\":\"{}\",\"partitionColumns\":[\"d\"]}",
         "partitioned", PQT_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        store *s = NULL;
        delta_snapshot *snapshot = NULL;
        buffer bytes = {0};
        assert_ok(store_open_memory(&s, &error));
        encode_rows(0, ROW_COUNT, cases[i].name, cases[i].action, &bytes);
        put(s, file_10, buffer_view(&bytes));
        assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), cases[i].status,
                     cases[i].part);
        buffer_free(&bytes);
        store_close(s);
    }
}

static void checkpoint_of_the_form_v2_is_refused(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    delta_snapshot *snapshot = NULL;
    assert_ok(store_open_memory(&s, &error));
    put(s, "00000000000000000010.checkpoint.3a0d65cd-4056-49b8-937b-95f9e3ee90e5.json",
        view_text("{}"));
    put(s, "00000000000000000010.json", view_text("{\"txn\":{}}"));
    assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_UNSUPPORTED,
                 "v2Checkpoint");
    store_close(s);
}

/* --- Faults --- */

static void keep_sentence(void *self, const char *sentence)
{
    snprintf(self, 1000, "%s", sentence);
}

/* Whatever call fails while version 10 is made and its checkpoint written, once or for
 * ever, with or without effect: the table is readable, what was reported done is there,
 * and the next commits go on. A checkpoint that was not made is told of. */
static void checkpoint_fault_never_harms_the_table(void **state)
{
    (void)state;
    int told = 0;
    for (int kind = 0; kind < 4; kind++)
        for (uint64_t at = first_call(kind); at < 40; at = next_call(at)) {
            pqt_error error;
            char said[1000] = "";
            const pqt_progress progress = {.log = keep_sentence, .self = said};
            store *faulty = NULL, *inner = log_table_open(9, clock_wall_ms());
            struct store_fault_plan plan = {
                .fail_at = at, .fail_for_ever = kind & 1, .apply_first = kind & 2};
            assert_ok(store_open_faulty(inner, &plan, &faulty, &error));
            const pqt_status status =
                log_table_commit(faulty, clock_wall_ms(), &progress, &error);
            delta_snapshot *after = log_table_read(inner);
            const int version = (int)after->version;
            delta_snapshot_free(after);
            log_table_check(inner, version);
            if (status == PQT_OK) assert_int_equal(version, 10);
            if (status == PQT_OK && !log_table_has(inner, file_10))
                assert_non_null(strstr(said, "checkpoint was not written"));
            told += *said != 0;
            plan = (struct store_fault_plan){0};
            while (log_table_commit(faulty, clock_wall_ms(), NULL, &error) == PQT_OK &&
                   !log_table_has(inner, file_20))
                ;
            log_table_remove_commits(inner, 0, 19);
            log_table_check(inner, 20);
            store_close(faulty);
        }
    assert_true(told > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint_stands_for_the_commits_before_it),
        cmocka_unit_test(checkpoint_leaves_out_old_tombstones),
        cmocka_unit_test(checkpoint_of_the_same_table_is_the_same_bytes),
        cmocka_unit_test(hint_that_is_wrong_costs_nothing_but_time),
        cmocka_unit_test(checkpoint_that_is_damaged_is_passed_over),
        cmocka_unit_test(checkpoint_in_parts_is_read_whole),
        cmocka_unit_test(checkpoint_keeps_what_others_noted),
        cmocka_unit_test(checkpoint_beyond_ours_is_refused),
        cmocka_unit_test(checkpoint_of_the_form_v2_is_refused),
        cmocka_unit_test(checkpoint_fault_never_harms_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
