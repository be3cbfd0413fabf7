#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* Writes all of it; the errno of what went wrong, or 0. */
static int write_bytes(int descriptor, const void *data, size_t size_bytes)
{
    const uint8_t *at = data;
    while (size_bytes > 0) {
        const ssize_t written = write(descriptor, at, size_bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return EIO;
        at += written;
        size_bytes -= (size_t)written;
    }
    return 0;
}

pqt_status file_write_all(int descriptor, const void *data, size_t size_bytes,
                          const char *path, pqt_error *error)
{
    const int failure = write_bytes(descriptor, data, size_bytes);
    return failure ? error_set_errno(error, failure, "cannot write %s", path) : PQT_OK;
}

pqt_status file_write_temporary(int descriptor, const void *data, size_t size_bytes,
                                const temporary_folder *folder, pqt_error *error)
{
    const int failure = write_bytes(descriptor, data, size_bytes);
    if (failure == 0) return PQT_OK;
    return error_set_errno(
        error, failure, "cannot write a temporary file in %.300s%s", folder->path,
        folder->is_chosen ? " (--temporary-directory chooses another folder)" : "");
}

pqt_status file_read_at(int descriptor, uint64_t offset, void *data, size_t size_bytes,
                        const char *path, pqt_error *error)
{
    uint8_t *at = data;
    while (size_bytes > 0) {
        const ssize_t got = pread(descriptor, at, size_bytes, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_set_errno(error, errno, "cannot read %s", path);
        if (got == 0)
            return error_set(error, PQT_IO,
                             "cannot read %s: it ends %zu bytes before it should, at "
                             "offset %llu",
                             path, size_bytes, (unsigned long long)offset);
        at += got;
        offset += (uint64_t)got;
        size_bytes -= (size_t)got;
    }
    return PQT_OK;
}

static pqt_status read_open_file(int descriptor, const char *path, size_t limit_bytes,
                                 buffer *out, pqt_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return error_set_errno(error, errno, "cannot look at %s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, PQT_INVALID, "%s is not a regular file", path);
    if ((uint64_t)status.st_size > limit_bytes)
        return error_set(error, PQT_LIMIT, "%s has %lld bytes; at most %zu are read",
                         path, (long long)status.st_size, limit_bytes);
    const size_t start = out->size_bytes;
    const size_t size = (size_t)status.st_size;
    TRY(buffer_resize(out, start + size, error));
    const pqt_status read =
        file_read_at(descriptor, 0, out->data + start, size, path, error);
    if (read != PQT_OK) out->size_bytes = start;
    return read;
}

pqt_status file_read_whole(const char *path, size_t limit_bytes, buffer *out,
                           pqt_error *error)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return error_set_errno(error, errno, "cannot open %s", path);
    const pqt_status status = read_open_file(descriptor, path, limit_bytes, out, error);
    close(descriptor);
    return status;
}

pqt_status file_sync(int descriptor, const char *path, pqt_error *error)
{
    if (fsync(descriptor) == 0) return PQT_OK;
    return error_set_errno(error, errno, "cannot make %s durable (fsync)", path);
}

pqt_status file_sync_directory(const char *path, pqt_error *error)
{
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return error_set_errno(error, errno, "cannot open %s", path);
    const pqt_status status = file_sync(descriptor, path, error);
    close(descriptor);
    return status;
}

/* Makes `path`, whose parent is there, and makes its name durable. */
static pqt_status make_directory(char *path, pqt_error *error)
{
    if (mkdir(path, 0777) != 0) {
        struct stat status;
        if (errno != EEXIST)
            return error_set_errno(error, errno, "cannot make directory %s", path);
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) return PQT_OK;
        return error_set(error, PQT_INVALID, "%s is there and is not a directory", path);
    }
    char *slash = strrchr(path, '/');
    if (!slash) return file_sync_directory(".", error);
    if (slash == path) return file_sync_directory("/", error);
    *slash = 0;
    const pqt_status status = file_sync_directory(path, error);
    *slash = '/';
    return status;
}

pqt_status file_make_directories(const char *path, pqt_error *error)
{
    char *copy = alloc_text(NULL, path);
    if (!copy) return error_no_memory(error, strlen(path) + 1);
    pqt_status status = PQT_OK;
    for (char *at = copy + 1; status == PQT_OK && *copy; at++) {
        if (*at != '/' && *at != 0) continue;
        const char end = *at;
        *at = 0;
        if (at[-1] != 0) status = make_directory(copy, error);
        *at = end;
        if (end == 0) break;
    }
    alloc_release(NULL, copy);
    return status;
}

/* Where the file system has no O_TMPFILE: make one and take its name away. */
static int open_unlinked(const char *directory)
{
    buffer path = {0};
    if (buffer_printf(&path, NULL, "%s/.pqa-XXXXXX", directory) != PQT_OK) {
        errno = ENOMEM;
        return -1;
    }
    path.data[path.size_bytes] = 0;
    const int descriptor = mkostemp((char *)path.data, O_CLOEXEC);
    if (descriptor >= 0) unlink((char *)path.data);
    buffer_free(&path);
    return descriptor;
}

pqt_status file_open_temporary(const char *directory, int *descriptor, pqt_error *error)
{
    int opened = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (opened < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
        opened = open_unlinked(directory);
    if (opened < 0)
        return error_set_errno(error, errno, "cannot make a temporary file in %s",
                               directory);
    *descriptor = opened;
    return PQT_OK;
}
