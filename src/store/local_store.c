#define _GNU_SOURCE
#include "store/local_store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/local_list.h"

#define TEMPORARY_NAME ".pqa-temporary"

struct local {
    char *root;
    char *temporary; /* made when first asked for, and left: another process may use it */
};

/* "root/key" with its end, in `path`. */
static pqt_status make_path(const struct local *local, const char *key, buffer *path,
                            pqt_error *error)
{
    TRY(buffer_printf(path, error, "%s/%s", local->root, key));
    TRY(buffer_append_u8(path, 0, error));
    return PQT_OK;
}

static pqt_status local_get(void *self, const char *key, uint64_t limit_bytes,
                            buffer *out, pqt_error *error)
{
    buffer path = {0};
    pqt_status status = make_path(self, key, &path, error);
    const size_t limit = limit_bytes > SIZE_MAX ? SIZE_MAX : (size_t)limit_bytes;
    if (status == PQT_OK) status = file_read_whole((char *)path.data, limit, out, error);
    buffer_free(&path);
    return status;
}

/* --- Inputs --- */

struct local_input {
    int descriptor;
    char path[];
};

static pqt_status read_input(void *self, uint64_t offset, uint8_t *out, size_t size_bytes,
                             pqt_error *error)
{
    const struct local_input *input = self;
    return file_read_at(input->descriptor, offset, out, size_bytes, input->path, error);
}

static void release_input(void *self)
{
    struct local_input *input = self;
    close(input->descriptor);
    alloc_release(NULL, input);
}

static pqt_status open_regular(const char *path, int *descriptor, uint64_t *size_bytes,
                               pqt_error *error)
{
    const int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) return error_set_errno(error, errno, "cannot open %s", path);
    struct stat status;
    if (fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(opened);
        return error_set(error, PQT_INVALID, "%s is not a regular file", path);
    }
    *descriptor = opened;
    *size_bytes = (uint64_t)status.st_size;
    return PQT_OK;
}

static pqt_status make_input(const char *path, pqt_input *out, pqt_error *error)
{
    struct local_input *input = alloc_bytes(NULL, sizeof *input + strlen(path) + 1);
    if (!input) return error_no_memory(error, sizeof *input);
    memcpy(input->path, path, strlen(path) + 1);
    uint64_t size = 0;
    const pqt_status status = open_regular(path, &input->descriptor, &size, error);
    if (status != PQT_OK) {
        alloc_release(NULL, input);
        return status;
    }
    *out = (pqt_input){.read = read_input,
                       .release = release_input,
                       .self = input,
                       .size_bytes = size,
                       .name = input->path};
    return PQT_OK;
}

static pqt_status local_open_input(void *self, const char *key, pqt_input *out,
                                   pqt_error *error)
{
    buffer path = {0};
    pqt_status status = make_path(self, key, &path, error);
    if (status == PQT_OK) status = make_input((char *)path.data, out, error);
    buffer_free(&path);
    return status;
}

static pqt_status local_size(void *self, const char *key, uint64_t *size_bytes,
                             pqt_error *error)
{
    buffer path = {0};
    struct stat found;
    pqt_status status = make_path(self, key, &path, error);
    if (status == PQT_OK && stat((char *)path.data, &found) != 0)
        status = error_set_errno(error, errno, "cannot look at %s", (char *)path.data);
    if (status == PQT_OK) *size_bytes = (uint64_t)found.st_size;
    buffer_free(&path);
    return status;
}

/* --- Putting --- */

static const char *local_temporary_directory(void *self)
{
    const struct local *local = self;
    if (mkdir(local->temporary, 0777) != 0 && errno != EEXIST) return NULL;
    return local->temporary;
}

static pqt_status copy_descriptor(int from, int to, const char *path, pqt_error *error)
{
    struct stat status;
    if (fstat(from, &status) != 0)
        return error_set_errno(error, errno, "cannot look at what is put as %s", path);
    off_t offset = 0;
    uint8_t bytes[65536];
    while (offset < status.st_size) {
        const off_t left = status.st_size - offset;
        const size_t size = left < (off_t)sizeof bytes ? (size_t)left : sizeof bytes;
        TRY(file_read_at(from, (uint64_t)offset, bytes, size, path, error));
        TRY(file_write_all(to, bytes, size, path, error));
        offset += (off_t)size;
    }
    return PQT_OK;
}

/* Gives the nameless file, whose bytes are durable then, a name that is free. */
static pqt_status name_file(int descriptor, const char *path, pqt_error *error)
{
    TRY(file_sync(descriptor, path, error));
    char from[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", descriptor);
    if (fchmod(descriptor, 0644) != 0)
        return error_set_errno(error, errno, "cannot set the mode of %s", path);
    if (linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0)
        return errno == EEXIST
                   ? error_set(error, PQT_CONFLICT, "%s is there already", path)
                   : error_set_errno(error, errno, "cannot make %s", path);
    return PQT_OK;
}

static pqt_status sync_parent(const char *path, pqt_error *error)
{
    buffer directory = {0};
    pqt_status status =
        buffer_append(&directory, path, (size_t)(strrchr(path, '/') - path), error);
    if (status == PQT_OK) status = buffer_append_u8(&directory, 0, error);
    if (status == PQT_OK) status = file_sync_directory((char *)directory.data, error);
    buffer_free(&directory);
    return status;
}

/* The file is durable under its name when it returns PQT_OK. */
static pqt_status link_file(int descriptor, const char *path, pqt_error *error)
{
    TRY(name_file(descriptor, path, error));
    return sync_parent(path, error);
}

static pqt_status put_copy(struct local *local, const store_body *body, const char *path,
                           pqt_error *error)
{
    const char *directory = local_temporary_directory(local);
    if (!directory)
        return error_set_errno(error, errno, "cannot make %s", local->temporary);
    int copy = -1;
    TRY(file_open_temporary(directory, &copy, error));
    pqt_status status =
        body->descriptor >= 0
            ? copy_descriptor(body->descriptor, copy, path, error)
            : file_write_all(copy, body->bytes.data, body->bytes.size_bytes, path, error);
    if (status == PQT_OK) status = link_file(copy, path, error);
    close(copy);
    return status;
}

/* Whether the descriptor's file has no name and lies in the root's file system, so that
 * it can be linked as it is. */
static bool can_link(const struct local *local, int descriptor)
{
    struct stat root, file;
    const int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_TMPFILE) == O_TMPFILE &&
           stat(local->root, &root) == 0 && fstat(descriptor, &file) == 0 &&
           root.st_dev == file.st_dev && file.st_nlink == 0;
}

static pqt_status make_parent(char *path, pqt_error *error)
{
    char *slash = strrchr(path, '/');
    *slash = 0;
    const pqt_status made = file_make_directories(path, error);
    *slash = '/';
    return made;
}

static pqt_status put_at(struct local *local, const store_body *body, char *path,
                         pqt_error *error)
{
    TRY(make_parent(path, error));
    if (access(path, F_OK) == 0)
        return error_set(error, PQT_CONFLICT, "%s is there already", path);
    if (body->descriptor >= 0 && can_link(local, body->descriptor))
        return link_file(body->descriptor, path, error);
    return put_copy(local, body, path, error);
}

static pqt_status local_put(void *self, const char *key, const store_body *body,
                            pqt_error *error)
{
    buffer path = {0};
    pqt_status status = make_path(self, key, &path, error);
    if (status == PQT_OK) status = put_at(self, body, (char *)path.data, error);
    buffer_free(&path);
    return status;
}

/* The new file is whole and durable under a name of its own before it takes the place. */
static pqt_status rename_over(const char *own_name, pqt_view bytes, const char *directory,
                              const char *path, pqt_error *error)
{
    int file = -1;
    TRY(file_open_temporary(directory, &file, error));
    pqt_status status =
        file_write_all(file, bytes.data, bytes.size_bytes, own_name, error);
    if (status == PQT_OK) status = name_file(file, own_name, error);
    close(file);
    TRY(status);
    if (rename(own_name, path) == 0) return sync_parent(path, error);
    status = error_set_errno(error, errno, "cannot replace %s", path);
    unlink(own_name);
    return status;
}

static pqt_status local_replace(void *self, const char *key, pqt_view bytes,
                                pqt_error *error)
{
    struct local *local = self;
    buffer path = {0}, own_name = {0};
    const char *directory = local_temporary_directory(local);
    pqt_status status = make_path(local, key, &path, error);
    if (status == PQT_OK && !directory)
        status = error_set_errno(error, errno, "cannot make %s", local->temporary);
    if (status == PQT_OK)
        status = buffer_printf(&own_name, error, "%s/replace-%016" PRIx64, directory,
                               random_number());
    if (status == PQT_OK) status = buffer_append_u8(&own_name, 0, error);
    if (status == PQT_OK) status = make_parent((char *)path.data, error);
    if (status == PQT_OK)
        status = rename_over((char *)own_name.data, bytes, directory, (char *)path.data,
                             error);
    buffer_free(&path);
    buffer_free(&own_name);
    return status;
}

static pqt_status local_remove(void *self, const char *key, pqt_error *error)
{
    buffer path = {0};
    pqt_status status = make_path(self, key, &path, error);
    if (status == PQT_OK && unlink((char *)path.data) != 0 && errno != ENOENT)
        status = error_set_errno(error, errno, "cannot remove %s", (char *)path.data);
    buffer_free(&path);
    return status;
}

static pqt_status local_list(void *self, const char *prefix, const char *start_after,
                             store_list_callback callback, void *callback_self,
                             pqt_error *error)
{
    const struct local *local = self;
    const struct local_list list = {local->root, prefix, start_after, callback,
                                    callback_self};
    return local_list_run(&list, error);
}

/* --- State and lock --- */

static pqt_status local_probe_write(void *self, pqt_error *error)
{
    struct local *local = self;
    const char *directory = local_temporary_directory(local);
    if (!directory)
        return error_set_errno(error, errno, "cannot write to the store %s", local->root);
    int descriptor = -1;
    TRY(file_open_temporary(directory, &descriptor, error));
    const pqt_status status = file_write_all(descriptor, "probe", 5, directory, error);
    close(descriptor);
    return status;
}

static pqt_status local_free_bytes(void *self, uint64_t *free_bytes, pqt_error *error)
{
    const struct local *local = self;
    struct statvfs status;
    if (statvfs(local->root, &status) != 0)
        return error_set_errno(error, errno, "cannot look at %s", local->root);
    *free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    return PQT_OK;
}

struct local_lock {
    int descriptor;
};

static pqt_status report_holder(int descriptor, const char *path, pqt_error *error)
{
    char holder[128] = "";
    const ssize_t size = pread(descriptor, holder, sizeof holder - 1, 0);
    if (size > 0) holder[strcspn(holder, "\n")] = 0;
    return error_set(error, PQT_BUSY,
                     "another process writes to this store (%s, lock %s); wait until it "
                     "has ended",
                     size > 0 ? holder : "unknown", path);
}

/* Takes the lock on the open file and writes into it who holds it. */
static pqt_status take_lock(int descriptor, const char *path, pqt_error *error)
{
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return report_holder(descriptor, path, error);
        return error_set_errno(error, errno, "cannot lock %s", path);
    }
    char host[64] = "", holder[128];
    gethostname(host, sizeof host - 1);
    const int size =
        snprintf(holder, sizeof holder, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(descriptor, 0) != 0)
        return error_set_errno(error, errno, "cannot write %s", path);
    return file_write_all(descriptor, holder, (size_t)size, path, error);
}

static pqt_status open_lock(const char *path, void **lock, pqt_error *error)
{
    struct local_lock *taken = alloc_bytes(NULL, sizeof *taken);
    if (!taken) return error_no_memory(error, sizeof *taken);
    taken->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    pqt_status status = taken->descriptor < 0
                            ? error_set_errno(error, errno, "cannot open %s", path)
                            : take_lock(taken->descriptor, path, error);
    if (status == PQT_OK) {
        *lock = taken;
        return PQT_OK;
    }
    if (taken->descriptor >= 0) close(taken->descriptor);
    alloc_release(NULL, taken);
    return status;
}

static pqt_status local_lock(void *self, const char *name, void **lock, pqt_error *error)
{
    const struct local *local = self;
    buffer path = {0};
    pqt_status status = buffer_printf(&path, error, "%s/.pqa-lock-%s", local->root, name);
    if (status == PQT_OK) status = buffer_append_u8(&path, 0, error);
    if (status == PQT_OK) status = open_lock((char *)path.data, lock, error);
    buffer_free(&path);
    return status;
}

static void local_unlock(void *self, void *lock)
{
    (void)self;
    struct local_lock *taken = lock;
    close(taken->descriptor);
    alloc_release(NULL, taken);
}

static void local_release(void *self)
{
    struct local *local = self;
    alloc_release(NULL, local->root);
    alloc_release(NULL, local->temporary);
    alloc_release(NULL, local);
}

static const struct store_functions local_functions = {
    .get = local_get,
    .open_input = local_open_input,
    .size = local_size,
    .put = local_put,
    .replace = local_replace,
    .list = local_list,
    .remove = local_remove,
    .probe_write = local_probe_write,
    .free_bytes = local_free_bytes,
    .lock = local_lock,
    .unlock = local_unlock,
    .temporary_directory = local_temporary_directory,
    .release = local_release,
};

static pqt_status check_root(const char *path, bool create, pqt_error *error)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode)) return PQT_OK;
        return error_set(error, PQT_NOT_FOUND,
                         "the store %s is a file; expected a directory", path);
    }
    if (errno != ENOENT)
        return error_set_errno(error, errno, "cannot open store %s", path);
    if (create) return file_make_directories(path, error);
    return error_set(error, PQT_NOT_FOUND,
                     "there is no store at %s; pqa export or backfill makes it", path);
}

pqt_status store_open_local(const char *path, bool create, store **out, pqt_error *error)
{
    TRY(check_root(path, create, error));
    struct local *local = alloc_zeroed(NULL, 1, sizeof *local);
    if (!local) return error_no_memory(error, sizeof *local);
    buffer temporary = {0};
    pqt_status status = buffer_printf(&temporary, error, "%s/" TEMPORARY_NAME, path);
    if (status == PQT_OK) {
        local->root = alloc_text(NULL, path);
        local->temporary = alloc_view_text(NULL, buffer_view(&temporary));
        if (!local->root || !local->temporary)
            status = error_no_memory(error, strlen(path));
    }
    buffer_free(&temporary);
    if (status != PQT_OK) {
        local_release(local);
        return status;
    }
    return store_make(&local_functions, local, path, out, error);
}
