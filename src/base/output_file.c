#include "base/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/view.h"

enum { NAME_TRIES = 100 };

static pqt_status check_free(const char *path, bool replace, pqt_error *error)
{
    struct stat found;
    if (lstat(path, &found) != 0) return PQT_OK;
    if (!S_ISREG(found.st_mode))
        return error_set(error, PQT_INVALID, "%s is there and is not a regular file",
                         path);
    if (replace) return PQT_OK;
    return error_set(error, PQT_INVALID, "%s is there already; --force replaces it",
                     path);
}

static pqt_status split_path(output_file *file, pqt_error *error)
{
    const char *const slash = strrchr(file->path, '/');
    const size_t length = slash ? (size_t)(slash - file->path) : 0;
    const pqt_view directory = length  ? view_of(file->path, length)
                               : slash ? view_text("/")
                                       : view_text(".");
    file->directory = arena_text(&file->memory, directory);
    return file->directory ? PQT_OK : error_no_memory(error, length);
}

/* Hidden, and named after the process, so that two of them do not meet. */
static pqt_status open_temporary(output_file *file, pqt_error *error)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        char name[64];
        snprintf(name, sizeof name, "/.pqa-%ld-%d.unfinished", (long)getpid(), i);
        const pqt_view whole =
            arena_concatenate(&file->memory, view_text(file->directory), view_text(name));
        file->temporary = whole.data ? arena_text(&file->memory, whole) : NULL;
        if (!file->temporary) return error_no_memory(error, sizeof name);
        file->descriptor =
            open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->descriptor >= 0) {
            file->is_open = true;
            return PQT_OK;
        }
        if (errno != EEXIST) break;
    }
    return error_set_errno(error, errno, "cannot make a file in %s", file->directory);
}

pqt_status output_file_create(const char *path, bool replace, output_file *out,
                              pqt_error *error)
{
    output_file made = {.path = path, .replaces = replace};
    TRY(check_free(path, replace, error));
    pqt_status status = split_path(&made, error);
    if (status == PQT_OK) status = open_temporary(&made, error);
    if (status == PQT_OK)
        *out = made;
    else
        arena_free(&made.memory);
    return status;
}

pqt_status output_file_write(void *self, const uint8_t *data, size_t size_bytes,
                             pqt_error *error)
{
    const output_file *const file = self;
    return file_write_all(file->descriptor, data, size_bytes, file->path, error);
}

/* A link fails where the name is taken, in the same step. Some file systems have none. */
static pqt_status take_name(const output_file *file, pqt_error *error)
{
    if (link(file->temporary, file->path) == 0) {
        unlink(file->temporary);
        return PQT_OK;
    }
    const bool has_links = errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS;
    if (errno == EEXIST || !has_links) TRY(check_free(file->path, false, error));
    if (!has_links && rename(file->temporary, file->path) == 0) return PQT_OK;
    return error_set_errno(error, errno, "cannot make %s", file->path);
}

static pqt_status replace_name(const output_file *file, pqt_error *error)
{
    TRY(check_free(file->path, true, error));
    if (rename(file->temporary, file->path) == 0) return PQT_OK;
    return error_set_errno(error, errno, "cannot replace %s", file->path);
}

pqt_status output_file_publish(output_file *file, pqt_error *error)
{
    TRY(file_sync(file->descriptor, file->path, error));
    TRY(file->replaces ? replace_name(file, error) : take_name(file, error));
    file->temporary = NULL;
    return file_sync_directory(file->directory, error);
}

void output_file_free(output_file *file)
{
    if (file->is_open) close(file->descriptor);
    if (file->is_open && file->temporary) unlink(file->temporary);
    arena_free(&file->memory);
    *file = (output_file){0};
}

pqt_status output_file_replace(const char *path, pqt_view content, pqt_error *error)
{
    output_file file = {0};
    TRY(output_file_create(path, true, &file, error));
    pqt_status status = output_file_write(&file, content.data, content.size_bytes, error);
    if (status == PQT_OK) status = output_file_publish(&file, error);
    output_file_free(&file);
    return status;
}
