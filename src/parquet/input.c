/* Inputs that come with the library: a file of the local disk, and bytes in memory. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/file.h"
#include "parquet/reader.h"

struct file_input {
    const pqt_allocator *allocator;
    int descriptor;
    char path[];
};

static pqt_status read_file(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                            pqt_error *error)
{
    const struct file_input *input = self;
    return file_read_at(input->descriptor, offset, out, size_bytes, input->path, error);
}

static void release_file(void *self)
{
    struct file_input *input = self;
    if (input->descriptor >= 0) close(input->descriptor);
    alloc_release(input->allocator, input);
}

static pqt_status open_file(struct file_input *input, uint64_t *size_bytes,
                            pqt_error *error)
{
    struct stat status;
    input->descriptor = open(input->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (input->descriptor < 0)
        return error_set_errno(error, errno, "cannot open %s", input->path);
    if (fstat(input->descriptor, &status) != 0)
        return error_set_errno(error, errno, "cannot look at %s", input->path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, PQT_INVALID, "%s is not a regular file", input->path);
    *size_bytes = (uint64_t)status.st_size;
    return PQT_OK;
}

pqt_status pqt_reader_open_file(const char *path, const pqt_reader_options *options,
                                pqt_reader **out, pqt_error *error)
{
    const pqt_allocator *allocator = options ? options->allocator : NULL;
    struct file_input *input = alloc_bytes(allocator, sizeof *input + strlen(path) + 1);
    if (!input) return error_no_memory(error, sizeof *input);
    input->allocator = allocator;
    memcpy(input->path, path, strlen(path) + 1);
    uint64_t size_bytes = 0;
    const pqt_status status = open_file(input, &size_bytes, error);
    if (status != PQT_OK) {
        release_file(input);
        return status;
    }
    const pqt_input opened = {.read = read_file,
                              .release = release_file,
                              .self = input,
                              .size_bytes = size_bytes,
                              .name = input->path};
    TRY(pqt_reader_open(&opened, options, out, error));
    (*out)->is_near = true;
    return PQT_OK;
}

static pqt_status read_memory(void *self, uint64_t offset, uint8_t *out,
                              size_t size_bytes, pqt_error *error)
{
    (void)error;
    memcpy(out, (const uint8_t *)self + offset, size_bytes);
    return PQT_OK;
}

/* Ranges are checked against the size before they come to `read`. */
pqt_status pqt_reader_open_memory(pqt_view bytes, const pqt_reader_options *options,
                                  pqt_reader **out, pqt_error *error)
{
    const pqt_input input = {.read = read_memory,
                             .self = (void *)(uintptr_t)bytes.data,
                             .size_bytes = bytes.size_bytes,
                             .name = "memory"};
    TRY(pqt_reader_open(&input, options, out, error));
    (*out)->is_near = true;
    (*out)->memory_bytes = bytes;
    return PQT_OK;
}
