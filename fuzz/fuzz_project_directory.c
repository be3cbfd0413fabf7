/*
 * Any bytes as a project directory: refused with words, or runs that are all of the
 * file's rows, and that are the same when they are written and parsed again. The hash is
 * made right, or nothing would get behind it.
 */
#include "base/hash.h"
#include "fuzz_help.h"
#include "table/project_directory.h"

static void require(bool is_so)
{
    if (!is_so) abort();
}

static void check_again(const project_directory *d, int64_t rows)
{
    directory_writer writer = {0};
    buffer bytes = {0};
    arena memory = {0};
    project_directory again;
    pqt_error error;
    int64_t sum = 0;
    for (size_t i = 0; i < d->run_count; i++) {
        sum += d->runs[i].row_count;
        require(directory_writer_add(&writer, &d->runs[i], &error) == PQT_OK);
    }
    require(sum == rows);
    require(directory_writer_finish(&writer, &bytes, &error) == PQT_OK);
    if (bytes.size_bytes > 0) {
        require(project_directory_parse(buffer_view(&bytes), rows, &memory, &again,
                                        &error) == PQT_OK);
        require(again.run_count <= d->run_count); /* equal neighbours are one now */
    }
    directory_writer_free(&writer);
    buffer_free(&bytes);
    arena_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    pqt_error error;
    buffer bytes = {0};
    arena memory = {0};
    project_directory directory;
    uint8_t hash[8];
    if (size_bytes < 1) return 0;
    const int64_t rows = data[0];
    store_u64le(hash, hash_bytes64(data + 1, size_bytes - 1));
    require(buffer_append(&bytes, data + 1, size_bytes - 1, &error) == PQT_OK);
    require(buffer_append(&bytes, hash, sizeof hash, &error) == PQT_OK);
    const pqt_status status =
        project_directory_parse(buffer_view(&bytes), rows, &memory, &directory, &error);
    fuzz_check_error(status, &error);
    if (status == PQT_OK) check_again(&directory, rows);
    arena_free(&memory);
    buffer_free(&bytes);
    return 0;
}
