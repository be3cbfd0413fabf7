#include "store/local_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/arena.h"

/* A directory's name carries its '/', so that sorting names sorts whole keys. */
struct entry {
    const char *name;
    bool is_directory;
};

struct entries {
    struct entry *entries;
    size_t count;
    size_t capacity;
    arena names;
};

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static pqt_status add_entry(struct entries *all, const char *name, bool is_directory,
                            pqt_error *error)
{
    buffer text = {0};
    TRY(buffer_printf(&text, error, "%s%s", name, is_directory ? "/" : ""));
    char *copy = arena_text(&all->names, buffer_view(&text));
    buffer_free(&text);
    void *array = all->entries;
    if (!copy || alloc_grow(NULL, &array, &all->capacity, all->count + 1,
                            sizeof *all->entries) != 0)
        return error_no_memory(error, strlen(name));
    all->entries = array;
    all->entries[all->count++] = (struct entry){copy, is_directory};
    return PQT_OK;
}

static bool is_own_name(const char *key, const char *name)
{
    return *key == 0 && strncmp(name, ".pqa-", 5) == 0;
}

/* What is in the directory `key` ("" or "a/b/"); vanished meanwhile is empty. */
static pqt_status read_directory(const struct local_list *list, const char *key,
                                 struct entries *all, pqt_error *error)
{
    buffer path = {0};
    TRY(buffer_printf(&path, error, "%s/%s", list->root, key));
    path.data[path.size_bytes] = 0;
    DIR *directory = opendir((char *)path.data);
    pqt_status status = PQT_OK;
    if (!directory && errno != ENOENT && errno != ENOTDIR)
        status = error_set_errno(error, errno, "cannot list %s", (char *)path.data);
    buffer_free(&path);
    if (!directory) return status;
    const struct dirent *found;
    while (status == PQT_OK && (found = readdir(directory))) {
        const char *name = found->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (is_own_name(key, name)) continue;
        struct stat info;
        if (fstatat(dirfd(directory), name, &info, 0) != 0) continue;
        if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode)) continue;
        status = add_entry(all, name, S_ISDIR(info.st_mode), error);
    }
    closedir(directory);
    return status;
}

static pqt_status report_file(const struct local_list *list, const char *key,
                              pqt_error *error)
{
    buffer path = {0};
    TRY(buffer_printf(&path, error, "%s/%s", list->root, key));
    path.data[path.size_bytes] = 0;
    struct stat info;
    const int found = stat((char *)path.data, &info);
    buffer_free(&path);
    if (found != 0) return PQT_OK;
    const store_entry entry = {
        key, (uint64_t)info.st_size,
        (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000, NULL};
    return list->callback(list->self, &entry, error);
}

/* Whether any key below (or equal to) `key` can begin with the prefix and follow
 * start_after. */
static bool is_wanted(const struct local_list *list, const char *key, bool is_directory)
{
    const size_t length = strlen(key), prefix = strlen(list->prefix);
    const size_t shared = length < prefix ? length : prefix;
    if (strncmp(key, list->prefix, shared) != 0) return false;
    if (!is_directory && length < prefix) return false;
    if (!list->start_after || strcmp(key, list->start_after) > 0) return true;
    return is_directory && strncmp(key, list->start_after, length) == 0;
}

static pqt_status list_directory(const struct local_list *list, const char *key,
                                 pqt_error *error);

static pqt_status list_entry(const struct local_list *list, const char *key,
                             const struct entry *entry, pqt_error *error)
{
    buffer path = {0};
    TRY(buffer_printf(&path, error, "%s%s", key, entry->name));
    path.data[path.size_bytes] = 0;
    pqt_status status = PQT_OK;
    if (is_wanted(list, (char *)path.data, entry->is_directory))
        status = entry->is_directory ? list_directory(list, (char *)path.data, error)
                                     : report_file(list, (char *)path.data, error);
    buffer_free(&path);
    return status;
}

static pqt_status list_directory(const struct local_list *list, const char *key,
                                 pqt_error *error)
{
    struct entries all = {0};
    pqt_status status = read_directory(list, key, &all, error);
    if (all.count) qsort(all.entries, all.count, sizeof *all.entries, compare_entries);
    for (size_t i = 0; i < all.count && status == PQT_OK; i++)
        status = list_entry(list, key, &all.entries[i], error);
    alloc_release(NULL, all.entries);
    arena_free(&all.names);
    return status;
}

/* The directory part of the prefix, to begin below the root. */
pqt_status local_list_run(const struct local_list *list, pqt_error *error)
{
    const char *slash = strrchr(list->prefix, '/');
    const size_t length = slash ? (size_t)(slash - list->prefix) + 1 : 0;
    char *key = alloc_view_text(NULL, view_of(list->prefix, length));
    if (!key) return error_no_memory(error, length + 1);
    const pqt_status status = list_directory(list, key, error);
    alloc_release(NULL, key);
    return status;
}
