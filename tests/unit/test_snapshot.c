#include <stdio.h>
#include "delta/delta.h"

#include "test_help.h"

static const char protocol[] =
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n";
static const char metadata[] =
    "{\"metaData\":{\"id\":\"t\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"
    "\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":"
    "\\\"id\\\","
    "\\\"type\\\":\\\"long\\\",\\\"nullable\\\":false,\\\"metadata\\\":{}}]}\","
    "\"partitionColumns\":[],\"configuration\":{\"k\":\"v\"}}}\n";

static void put_commit(store *s, int version, const char *first, const char *second,
                       const char *third)
{
    pqt_error error;
    char key[64], text[4096];
    snprintf(key, sizeof key, "t/_delta_log/%020d.json", version);
    snprintf(text, sizeof text, "%s%s%s", first, second, third);
    const store_body body = {-1, view_text(text)};
    assert_ok(store_put_if_absent(s, key, &body, &error));
}

static void snapshot_replays_adds_and_removes(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    put_commit(s, 0, protocol, metadata, "{\"commitInfo\":{}}\n");
    put_commit(
        s, 1,
        "{\"add\":{\"path\":\"b%20c\",\"size\":5,\"modificationTime\":7,"
        "\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":3,\\\"minValues\\\":"
        "{\\\"id\\\":1,\\\"s\\\":\\\"a\\\"},\\\"maxValues\\\":{\\\"id\\\":9,\\\"s\\\":"
        "\\\"z\\\"},\\\"nullCount\\\":{\\\"id\\\":0,\\\"s\\\":2}}\",\"tags\":{\"x\":"
        "\"y\"}}}\r\n",
        "{\"add\":{\"path\":\"a\",\"size\":1,\"unknown\":[]}}\n\n", "{\"future\":{}}");
    delta_snapshot *snapshot = NULL;
    assert_ok(delta_snapshot_read(s, "t", &snapshot, &error));
    assert_int_equal(snapshot->version, 1);
    assert_int_equal(snapshot->file_count, 2);
    assert_string_equal(snapshot->files[0].path, "a");
    assert_int_equal(snapshot->files[0].row_count, -1);
    const delta_file *file = delta_find(snapshot, "b c");
    assert_non_null(file);
    assert_int_equal(file->row_count, 3);
    assert_string_equal(delta_tag(file, "x"), "y");
    assert_int_equal(delta_stats(file, "id")->max_number, 9);
    assert_string_equal(delta_stats(file, "s")->min_text, "a");
    assert_int_equal(delta_stats(file, "s")->null_count, 2);
    assert_null(delta_stats(file, "t"));
    assert_string_equal(delta_configuration(snapshot, "k"), "v");
    assert_string_equal(snapshot->schema[0].name, "id");

    bool changed = true;
    assert_ok(delta_snapshot_probe(s, "t", snapshot, &changed, &error));
    assert_false(changed);
    put_commit(s, 2, "{\"remove\":{\"path\":\"a\",\"dataChange\":true}}\n", "", "");
    assert_ok(delta_snapshot_probe(s, "t", snapshot, &changed, &error));
    assert_true(changed);
    delta_snapshot_free(snapshot);
    assert_ok(delta_snapshot_read(s, "t", &snapshot, &error));
    assert_int_equal(snapshot->file_count, 1);
    assert_int_equal(snapshot->remove_count, 1);
    delta_snapshot_free(snapshot);
    store_close(s);
}

static void snapshot_refuses_damaged_logs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        pqt_status status;
        const char *part;
    } cases[] = {
        {"", PQT_CORRUPT, "is empty"},
        {"\n\n", PQT_CORRUPT, "is empty"},
        {"{\"add\":{\"path\":\"a\",", PQT_CORRUPT, "line 1"},
        {"\xef\xbb\xbf{}", PQT_CORRUPT, "line 1"},
        {"[]", PQT_CORRUPT, "another value"},
        {"{\"add\":{\"size\":1}}", PQT_CORRUPT, "'path'"},
        {"{\"add\":{\"path\":\"a\"}}", PQT_CORRUPT, "'size'"},
        {"{\"add\":{\"path\":\"a\",\"size\":-1}}", PQT_CORRUPT, "'size'"},
        {"{\"add\":{\"path\":\"../a\",\"size\":1}}", PQT_CORRUPT, "inside the table"},
        {"{\"add\":{\"path\":\"s3://o/a\",\"size\":1}}", PQT_UNSUPPORTED, "absolute"},
        {"{\"add\":{\"path\":\"a\",\"size\":1}}\n{\"add\":{\"path\":\"a\",\"size\":1}}",
         PQT_CORRUPT, "added twice"},
        {"{\"add\":{\"path\":\"a\",\"size\":1,\"deletionVector\":{}}}", PQT_UNSUPPORTED,
         "deletion vector"},
        {"{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
         "\"writerFeatures\":[\"v2Checkpoint\"]}}",
         PQT_UNSUPPORTED, "v2Checkpoint"},
        {"{\"protocol\":{}}", PQT_CORRUPT, "minReaderVersion"},
        {"{\"metaData\":{\"id\":\"t\",\"schemaString\":\"x\"}}", PQT_CORRUPT, "schema"},
        {"{\"metaData\":{\"id\":\"t\",\"partitionColumns\":[\"d\"]}}", PQT_UNSUPPORTED,
         "partitioned"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pqt_error error;
        store *s = NULL;
        delta_snapshot *snapshot = NULL;
        assert_ok(store_open_memory(&s, &error));
        put_commit(s, 0, protocol, metadata, "");
        put_commit(s, 1, cases[i].text, "", "");
        assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), cases[i].status,
                     cases[i].part);
        assert_null(snapshot);
        store_close(s);
    }
}

static void snapshot_refuses_gaps_and_missing_starts(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    delta_snapshot *snapshot = NULL;
    assert_ok(store_open_memory(&s, &error));
    assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_NOT_FOUND,
                 "no table");
    put_commit(s, 1, protocol, metadata, "");
    assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT,
                 "version 0");
    put_commit(s, 0, "{\"txn\":{}}", "", "");
    put_commit(s, 3, protocol, "", "");
    assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT, "gap");
    store_close(s);
    assert_ok(store_open_memory(&s, &error));
    put_commit(s, 0, protocol, "", "");
    assert_fails(delta_snapshot_read(s, "t", &snapshot, &error), PQT_CORRUPT, "metaData");
    store_close(s);
}

/* A directory that is read while commits are made may lack one and have the next. */
static struct store_functions whole_functions;

struct hiding {
    store_list_callback callback;
    void *self;
};

static pqt_status hide_version_1(void *self, const store_entry *entry, pqt_error *error)
{
    const struct hiding *hiding = self;
    if (strstr(entry->key, "01.json")) return PQT_OK;
    return hiding->callback(hiding->self, entry, error);
}

static pqt_status list_hiding(void *self, const char *prefix, const char *start_after,
                              store_list_callback callback, void *callback_self,
                              pqt_error *error)
{
    struct hiding hiding = {callback, callback_self};
    return whole_functions.list(self, prefix, start_after, hide_version_1, &hiding,
                                error);
}

static void snapshot_reads_what_a_listing_lacks(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    delta_snapshot *snapshot = NULL;
    assert_ok(store_open_memory(&s, &error));
    put_commit(s, 0, protocol, metadata, "");
    put_commit(s, 1, "{\"txn\":{}}", "", "");
    put_commit(s, 2, "{\"txn\":{}}", "", "");
    whole_functions = *s->functions;
    struct store_functions functions = whole_functions;
    functions.list = list_hiding;
    s->functions = &functions;
    assert_ok(delta_snapshot_read(s, "t", &snapshot, &error));
    assert_int_equal(snapshot->version, 2);
    delta_snapshot_free(snapshot);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshot_replays_adds_and_removes),
        cmocka_unit_test(snapshot_refuses_damaged_logs),
        cmocka_unit_test(snapshot_refuses_gaps_and_missing_starts),
        cmocka_unit_test(snapshot_reads_what_a_listing_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
