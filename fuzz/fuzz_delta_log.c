/* Any bytes as the second commit of a table: the snapshot is read, or refused. */
#include "delta/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char first_commit[] =
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
    "{\"metaData\":{\"id\":\"t\",\"schemaString\":\"{\\\"fields\\\":[{\\\"name\\\":\\\"id\\\","
    "\\\"type\\\":\\\"long\\\"}]}\",\"partitionColumns\":[],\"configuration\":{}}}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    store *s = NULL;
    delta_snapshot *snapshot = NULL;
    const store_body first = {-1, view_text(first_commit)};
    const store_body second = {-1, {data, size}};
    if (store_open_memory(&s, NULL) != PQT_OK) return 0;
    if (store_put_if_absent(s, "t/_delta_log/00000000000000000000.json", &first, NULL) ==
            PQT_OK &&
        store_put_if_absent(s, "t/_delta_log/00000000000000000001.json", &second, NULL) ==
            PQT_OK)
        (void)delta_snapshot_read(s, "t", &snapshot, NULL);
    delta_snapshot_free(snapshot);
    store_close(s);
    return 0;
}
