/* Any bytes as a COPY stream, in pieces whose size the first byte chooses. */
#include "source/copy_binary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pqt_status touch_row(void *self, const source_row *row, pqt_error *error)
{
    (void)error;
    uint64_t *sum = self;
    for (size_t i = 0; i < row->path.size_bytes; i++) *sum += row->path.data[i];
    for (size_t i = 0; i < row->full_path.size_bytes; i++) *sum += row->full_path.data[i];
    return PQT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sum = 0;
    copy_binary parser = {.callback = touch_row, .self = &sum};
    const size_t step = size ? data[0] + 1u : 1;
    pqt_status status = PQT_OK;
    for (size_t at = 1; at < size && status == PQT_OK; at += step) {
        const size_t left = size - at;
        status = copy_binary_feed(&parser, (pqt_view){data + at, left < step ? left : step},
                                  NULL);
    }
    if (status == PQT_OK) status = copy_binary_finish(&parser, NULL);
    copy_binary_free(&parser);
    return 0;
}
