#include "store/cache_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/hash.h"

#define MAGIC      "pqacopy1"
#define TOTAL_NAME ".total"
#define NEW_START  ".new-"

/* magic, checksum of all behind it, length of the key, key, bytes */
enum {
    MAGIC_BYTES = 8,
    CHECKED_OFFSET = MAGIC_BYTES + 16,
    HEADER_BYTES = CHECKED_OFFSET + 4
};
enum { MOST_KEY_BYTES = 64 << 10, NAME_BYTES = 48 };
enum { LOCK_TRIES = 100, LOCK_PAUSE_MS = 2, ABANDONED_S = 3600 };

struct cache_folder {
    int directory; /* -1: there is none that can be used */
    uint64_t limit_bytes;
};

/* --- Opening --- */

/* Copies hold users' paths, and what others could write there would be answered from. */
static bool can_be_trusted(int descriptor)
{
    struct stat info;
    return fstat(descriptor, &info) == 0 && info.st_uid == geteuid() &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Each part that is missing is made for its user alone. */
static void make_directories(char *path)
{
    for (char *at = path + 1; *at; at++) {
        if (*at != '/') continue;
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
    mkdir(path, 0700);
}

static int open_directory(const char *directory)
{
    buffer path = {0};
    int descriptor = -1;
    if (buffer_printf(&path, NULL, "%s/objects", directory) == PQT_OK &&
        buffer_append_u8(&path, 0, NULL) == PQT_OK) {
        make_directories((char *)path.data);
        descriptor =
            open((char *)path.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    buffer_free(&path);
    if (descriptor < 0) return -1;
    if (can_be_trusted(descriptor) && fchmod(descriptor, 0700) == 0) return descriptor;
    close(descriptor);
    return -1;
}

pqt_status cache_folder_open(const char *directory, uint64_t limit_bytes,
                             cache_folder **out, pqt_error *error)
{
    if (limit_bytes < CACHE_LEAST_BYTES)
        return error_set(error, PQT_INVALID,
                         "a cache of %llu bytes; expected at least %d, or no cache",
                         (unsigned long long)limit_bytes, CACHE_LEAST_BYTES);
    cache_folder *folder = alloc_zeroed(NULL, 1, sizeof *folder);
    if (!folder) return error_no_memory(error, sizeof *folder);
    folder->directory = open_directory(directory);
    folder->limit_bytes = limit_bytes;
    *out = folder;
    return PQT_OK;
}

void cache_folder_close(cache_folder *folder)
{
    if (!folder) return;
    if (folder->directory >= 0) close(folder->directory);
    alloc_release(NULL, folder);
}

/* --- Reading --- */

static void name_of(const char *key, char name[NAME_BYTES])
{
    char text[HASH128_TEXT_BYTES];
    hash128_text(hash_bytes128(key, strlen(key)), text);
    snprintf(name, NAME_BYTES, "%s", text);
}

/* The whole file, where it may be a copy of ours. */
static bool read_file(const cache_folder *folder, const char *name, buffer *out)
{
    struct stat info;
    const int descriptor =
        openat(folder->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return false;
    bool is_read = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
                   info.st_uid == geteuid() && info.st_size >= HEADER_BYTES &&
                   info.st_size <= HEADER_BYTES + MOST_KEY_BYTES + CACHE_COPY_BYTES;
    is_read =
        is_read && buffer_resize(out, (size_t)info.st_size, NULL) == PQT_OK &&
        file_read_at(descriptor, 0, out->data, out->size_bytes, name, NULL) == PQT_OK;
    /* Used now: it goes after those that were used before. */
    if (is_read) futimens(descriptor, NULL);
    close(descriptor);
    return is_read;
}

static void put_checksum(uint8_t *file, size_t size_bytes, uint8_t out[16])
{
    const hash128 hash =
        hash_bytes128(file + CHECKED_OFFSET, size_bytes - CHECKED_OFFSET);
    store_u64le(out, hash.low);
    store_u64le(out + 8, hash.high);
}

/* Key and bytes of a file that is whole. */
static bool parse_file(buffer *file, pqt_view *key, pqt_view *bytes)
{
    uint8_t checksum[16];
    if (file->size_bytes < HEADER_BYTES || memcmp(file->data, MAGIC, MAGIC_BYTES) != 0)
        return false;
    put_checksum(file->data, file->size_bytes, checksum);
    const size_t key_bytes = load_u32le(file->data + CHECKED_OFFSET);
    if (memcmp(checksum, file->data + MAGIC_BYTES, sizeof checksum) != 0 ||
        key_bytes > file->size_bytes - HEADER_BYTES)
        return false;
    *key = view_of(file->data + HEADER_BYTES, key_bytes);
    *bytes = view_of(file->data + HEADER_BYTES + key_bytes,
                     file->size_bytes - HEADER_BYTES - key_bytes);
    return true;
}

bool cache_folder_read(cache_folder *folder, const char *key, buffer *out)
{
    char name[NAME_BYTES];
    buffer file = {0};
    pqt_view found, bytes;
    if (folder->directory < 0) return false;
    name_of(key, name);
    const bool is_there =
        read_file(folder, name, &file) && parse_file(&file, &found, &bytes) &&
        view_equal(found, view_text(key)) &&
        buffer_append(out, bytes.data, bytes.size_bytes, NULL) == PQT_OK;
    buffer_free(&file);
    return is_there;
}

/* --- What there is --- */

struct copy {
    char name[NAME_BYTES];
    uint64_t size_bytes;
    struct timespec used;
};

struct copies {
    bool with_new; /* also those that are being written, or were left by who did */
    struct copy *copies;
    size_t count;
    size_t capacity;
    uint64_t total_bytes;
};

static bool is_new(const char *name)
{
    return strncmp(name, NEW_START, strlen(NEW_START)) == 0;
}

static bool add_copy(struct copies *all, const char *name, const struct stat *info)
{
    void *array = all->copies;
    if (alloc_grow(NULL, &array, &all->capacity, all->count + 1, sizeof *all->copies) !=
        0)
        return false;
    all->copies = array;
    struct copy *copy = &all->copies[all->count++];
    snprintf(copy->name, sizeof copy->name, "%s", name);
    copy->size_bytes = (uint64_t)info->st_size;
    copy->used = info->st_mtim;
    all->total_bytes += copy->size_bytes;
    return true;
}

/* What a killed process left goes after a while. */
static bool see_name(const cache_folder *folder, const char *name, struct copies *all)
{
    struct stat info;
    if (strlen(name) >= NAME_BYTES || strcmp(name, TOTAL_NAME) == 0 ||
        fstatat(folder->directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        S_ISDIR(info.st_mode))
        return true;
    if (all->with_new || !is_new(name)) return add_copy(all, name, &info);
    if (time(NULL) - info.st_mtim.tv_sec > ABANDONED_S)
        unlinkat(folder->directory, name, 0);
    return true;
}

static bool list_copies(const cache_folder *folder, struct copies *all)
{
    const int descriptor =
        openat(folder->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!stream) {
        if (descriptor >= 0) close(descriptor);
        return false;
    }
    bool is_whole = true;
    for (const struct dirent *entry; is_whole && (entry = readdir(stream));)
        is_whole = see_name(folder, entry->d_name, all);
    closedir(stream);
    return is_whole;
}

static int compare_used(const void *a, const void *b)
{
    const struct copy *left = a, *right = b;
    if (left->used.tv_sec != right->used.tv_sec)
        return left->used.tv_sec < right->used.tv_sec ? -1 : 1;
    return (left->used.tv_nsec > right->used.tv_nsec) -
           (left->used.tv_nsec < right->used.tv_nsec);
}

/* Removes the oldest until `more_bytes` fit, and an eighth of the limit stays free: room
 * is not made for every copy. */
static bool make_room(const cache_folder *folder, uint64_t more_bytes, uint64_t *total)
{
    const uint64_t most = folder->limit_bytes - folder->limit_bytes / 8;
    struct copies all = {0};
    bool is_made = list_copies(folder, &all);
    if (is_made && all.count)
        qsort(all.copies, all.count, sizeof *all.copies, compare_used);
    for (size_t i = 0; is_made && i < all.count && all.total_bytes + more_bytes > most;
         i++) {
        is_made =
            unlinkat(folder->directory, all.copies[i].name, 0) == 0 || errno == ENOENT;
        all.total_bytes -= all.copies[i].size_bytes;
    }
    alloc_release(NULL, all.copies);
    *total = all.total_bytes;
    return is_made;
}

/* --- Writing --- */

/* Held for a moment by whoever makes a copy appear. A process that was stopped with it
 * must not stop others: they keep nothing then. */
static int lock_total(const cache_folder *folder)
{
    const int descriptor = openat(folder->directory, TOTAL_NAME,
                                  O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    for (int i = 0; descriptor >= 0 && i < LOCK_TRIES; i++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
    }
    if (descriptor >= 0) close(descriptor);
    return -1;
}

static uint64_t size_of(const cache_folder *folder, const char *name)
{
    struct stat info;
    if (fstatat(folder->directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    return (uint64_t)info.st_size;
}

/* The total is written before the copy appears: a process that dies in between leaves one
 * that is too large, which is counted anew when it passes the limit. */
static bool count_copy(const cache_folder *folder, int lock, const char *name,
                       uint64_t size_bytes)
{
    uint8_t text[8];
    uint64_t total = UINT64_MAX;
    if (pread(lock, text, sizeof text, 0) == sizeof text) total = load_u64le(text);
    if (total > folder->limit_bytes || size_bytes > folder->limit_bytes - total) {
        if (!make_room(folder, size_bytes, &total)) return false;
    }
    const uint64_t before = size_of(folder, name);
    total = total > before ? total - before : 0;
    store_u64le(text, total + size_bytes);
    return pwrite(lock, text, sizeof text, 0) == sizeof text;
}

static bool publish(const cache_folder *folder, const char *temporary, const char *name,
                    uint64_t size_bytes)
{
    const int lock = lock_total(folder);
    if (lock < 0) return false;
    const bool is_there =
        count_copy(folder, lock, name, size_bytes) &&
        renameat(folder->directory, temporary, folder->directory, name) == 0;
    close(lock);
    return is_there;
}

static bool make_file(const char *key, pqt_view bytes, buffer *out)
{
    const size_t key_bytes = strlen(key);
    if (key_bytes > MOST_KEY_BYTES || bytes.size_bytes > CACHE_COPY_BYTES ||
        buffer_resize(out, HEADER_BYTES, NULL) != PQT_OK)
        return false;
    memcpy(out->data, MAGIC, MAGIC_BYTES);
    store_u32le(out->data + CHECKED_OFFSET, (uint32_t)key_bytes);
    if (buffer_append(out, key, key_bytes, NULL) != PQT_OK ||
        buffer_append(out, bytes.data, bytes.size_bytes, NULL) != PQT_OK)
        return false;
    put_checksum(out->data, out->size_bytes, out->data + MAGIC_BYTES);
    return true;
}

static void keep_file(const cache_folder *folder, const char *name, const buffer *file)
{
    char temporary[NAME_BYTES];
    snprintf(temporary, sizeof temporary, NEW_START "%016" PRIx64, random_number());
    const int descriptor = openat(folder->directory, temporary,
                                  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return;
    const bool is_written = file_write_all(descriptor, file->data, file->size_bytes,
                                           temporary, NULL) == PQT_OK;
    if (close(descriptor) != 0 || !is_written ||
        !publish(folder, temporary, name, file->size_bytes))
        unlinkat(folder->directory, temporary, 0);
}

void cache_folder_write(cache_folder *folder, const char *key, pqt_view bytes)
{
    char name[NAME_BYTES];
    buffer file = {0};
    if (folder->directory < 0) return;
    name_of(key, name);
    if (make_file(key, bytes, &file) && file.size_bytes <= folder->limit_bytes / 2)
        keep_file(folder, name, &file);
    buffer_free(&file);
}

/* --- Forgetting --- */

static bool is_to_go(const cache_folder *folder, const char *name, cache_key_test test,
                     void *self)
{
    buffer file = {0};
    pqt_view key, bytes;
    bool goes = true;
    if (!is_new(name) && read_file(folder, name, &file) &&
        parse_file(&file, &key, &bytes)) {
        char *text = alloc_view_text(NULL, key);
        goes = !text || test(self, text);
        alloc_release(NULL, text);
    }
    buffer_free(&file);
    return goes;
}

pqt_status cache_folder_forget(cache_folder *folder, cache_key_test is_wanted, void *self,
                               size_t *removed, pqt_error *error)
{
    struct copies all = {.with_new = true};
    pqt_status status = PQT_OK;
    *removed = 0;
    if (folder->directory < 0) return PQT_OK;
    if (!list_copies(folder, &all))
        status = error_set(error, PQT_IO, "the cache directory cannot be listed");
    for (size_t i = 0; i < all.count && status == PQT_OK; i++) {
        const char *name = all.copies[i].name;
        if (!is_to_go(folder, name, is_wanted, self)) continue;
        if (unlinkat(folder->directory, name, 0) == 0)
            ++*removed;
        else if (errno != ENOENT)
            status =
                error_set_errno(error, errno, "cannot remove %s from the cache", name);
    }
    alloc_release(NULL, all.copies);
    return status;
}
