/* Any bytes as a table's only checkpoint: the snapshot is read, or refused; what is read
 * can be written as a checkpoint of ours. */
#include "delta/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    store *s = NULL;
    delta_snapshot *snapshot = NULL;
    const store_body body = {-1, {data, size}};
    const store_body commit = {-1,
                               view_text("{\"txn\":{\"appId\":\"a\",\"version\":1}}")};
    if (store_open_memory(&s, NULL) != PQT_OK) return 0;
    if (store_put_if_absent(s, "t/_delta_log/00000000000000000010.checkpoint.parquet",
                            &body, NULL) == PQT_OK &&
        store_put_if_absent(s, "t/_delta_log/00000000000000000011.json", &commit, NULL) ==
            PQT_OK &&
        delta_snapshot_read(s, "t", &snapshot, NULL) == PQT_OK)
        (void)delta_checkpoint_write(s, "t", 0, NULL);
    delta_snapshot_free(snapshot);
    store_close(s);
    return 0;
}
