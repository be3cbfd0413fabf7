#include "archive/day_file.h"

#include <inttypes.h>
#include <stdio.h>

#include "archive/file_rows.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/date.h"
#include "table/object_key.h"

enum { MOST_REVISIONS = 10000, COMPARE_BYTES = 1 << 20, DIGITS = 8 };

/* Well within the time that vacuum leaves to what no live file has (upkeep.h). */
#define ADOPTED_MS ((int64_t)5 * 24 * 3600 * 1000)

/* --- Names --- */

/* "2026/01/15/pageviews_2026-01-15.parquet"; from revision 2 with the hash's first
 * digits. */
static pqt_status make_name(int32_t date, int revision, const char *digits, arena *memory,
                            const char **out, pqt_error *error)
{
    char name[160], text[DATE_TEXT_BYTES], suffix[32] = "";
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    date_text(date, text);
    if (revision > 1) snprintf(suffix, sizeof suffix, ".r%d-%.8s", revision, digits);
    snprintf(name, sizeof name, "%04d/%02d/%02d/pageviews_%s%s.parquet", year, month, day,
             text, suffix);
    *out = arena_text(memory, view_text(name));
    return *out ? PQT_OK : error_no_memory(error, sizeof name);
}

pqt_status day_file_name(int32_t date, arena *memory, const char **out, pqt_error *error)
{
    return make_name(date, 1, NULL, memory, out, error);
}

/* "2026/01/pageviews_2026-01.<digits>.parquet" */
static pqt_status make_month_name(int32_t date, const char *hash, int digits,
                                  arena *memory, const char **out, pqt_error *error)
{
    char name[160];
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    snprintf(name, sizeof name, "%04d/%02d/pageviews_%04d-%02d.%.*s.parquet", year, month,
             year, month, digits, hash);
    *out = arena_text(memory, view_text(name));
    return *out ? PQT_OK : error_no_memory(error, sizeof name);
}

/* Takes so many lower-case hex digits off the text, at least one. */
static bool take_digits(const char **text, size_t least, size_t most)
{
    const size_t count = strspn(*text, "0123456789abcdef");
    *text += count;
    return count >= least && count <= most;
}

static bool is_month_name(const char *path, int year, int month)
{
    char start[80];
    const int size = snprintf(start, sizeof start, "%04d/%02d/pageviews_%04d-%02d.", year,
                              month, year, month);
    if (strncmp(path, start, (size_t)size) != 0) return false;
    path += size;
    return take_digits(&path, 8, 64) && strcmp(path, ".parquet") == 0;
}

static bool is_day_name(const char *path, int32_t date)
{
    char start[120], text[DATE_TEXT_BYTES];
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    date_text(date, text);
    const int size = snprintf(start, sizeof start, "%04d/%02d/%02d/pageviews_%s", year,
                              month, day, text);
    if (strncmp(path, start, (size_t)size) != 0) return false;
    path += size;
    if (strncmp(path, ".r", 2) == 0) {
        path += 2 + strspn(path + 2, "0123456789");
        if (*path++ != '-' || !take_digits(&path, 8, 8)) return false;
    }
    return strcmp(path, ".parquet") == 0;
}

/* The number of `count` digits, or -1. */
static int parse_digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool data_file_is_ours(const char *path)
{
    if (strlen(path) < strlen("2026/01/15/")) return false;
    const int year = parse_digits(path, 4), month = parse_digits(path + 5, 2),
              day = parse_digits(path + 8, 2);
    if (year < 0 || month < 1 || month > 12) return false;
    if (is_month_name(path, year, month)) return true;
    return day > 0 && date_is_valid(year, month, day) &&
           is_day_name(path, date_from_civil(year, month, day));
}

bool data_file_may_be_foreign(const char *path)
{
    const size_t size = strlen("2026/01/15/pageviews_2026-01-15.parquet");
    return data_file_is_ours(path) && strlen(path) == size && path[7] == '/';
}

/* --- Putting --- */

static pqt_status hash_input(const pqt_input *input, char text[SHA256_TEXT_BYTES],
                             pqt_error *error)
{
    sha256 hash = {0};
    buffer bytes = {0};
    pqt_status status = sha256_start(&hash, error);
    if (status == PQT_OK) status = buffer_resize(&bytes, COMPARE_BYTES, error);
    for (uint64_t at = 0; status == PQT_OK && at < input->size_bytes;) {
        const uint64_t left = input->size_bytes - at;
        const size_t size = left < COMPARE_BYTES ? (size_t)left : COMPARE_BYTES;
        status = input->read(input->self, at, bytes.data, size, error);
        if (status == PQT_OK) status = sha256_add(&hash, bytes.data, size, error);
        at += size;
    }
    if (status == PQT_OK) status = sha256_end(&hash, text, error);
    sha256_free(&hash);
    buffer_free(&bytes);
    return status;
}

pqt_status day_file_hash(store *s, const char *path, uint64_t *size_bytes,
                         char text[SHA256_TEXT_BYTES], pqt_error *error)
{
    pqt_input input;
    TRY(file_open_input(s, path, &input, error));
    *size_bytes = input.size_bytes;
    const pqt_status status = hash_input(&input, text, error);
    if (input.release) input.release(input.self);
    return status;
}

pqt_status day_file_read_back(store *s, const char *path, const written_file *file,
                              pqt_error *error)
{
    char text[SHA256_TEXT_BYTES];
    uint64_t size = 0;
    TRY(day_file_hash(s, path, &size, text, error));
    if (size == file->size_bytes && strcmp(text, file->sha256) == 0) return PQT_OK;
    return error_set(error, PQT_CORRUPT,
                     "%s was put, and reads back as %" PRIu64
                     " bytes with SHA-256 %s; expected %" PRIu64
                     " and %s. The archive was not changed: look after the store",
                     path, size, text, file->size_bytes, file->sha256);
}

struct age {
    const char *key;
    int64_t modified_ms; /* 0: not listed */
};

static pqt_status see_age(void *self, const store_entry *entry, pqt_error *error)
{
    struct age *age = self;
    (void)error;
    if (strcmp(entry->key, age->key) == 0) age->modified_ms = entry->modified_ms;
    return PQT_OK;
}

/* Whether no vacuum can be about to remove the object: those that no live file has go
 * after a time of grace, and a vacuum that lost its lock may not have seen our commit. */
static pqt_status is_young(store *s, const char *key, bool *young, pqt_error *error)
{
    struct age age = {.key = key};
    TRY(store_list(s, key, NULL, see_age, &age, error));
    *young = age.modified_ms > clock_wall_ms() - ADOPTED_MS;
    return PQT_OK;
}

/* Whether the object that is there has the file's bytes. */
static pqt_status is_same(store *s, const char *path, const char *key,
                          const written_file *file, bool *same, pqt_error *error)
{
    char text[SHA256_TEXT_BYTES];
    uint64_t size = 0;
    TRY(store_size(s, key, &size, error));
    *same = false;
    if (size != file->size_bytes) return PQT_OK;
    TRY(is_young(s, key, same, error));
    if (!*same) return PQT_OK;
    TRY(day_file_hash(s, path, &size, text, error));
    *same = size == file->size_bytes && strcmp(text, file->sha256) == 0;
    return PQT_OK;
}

/* An answer that was lost leaves our own object behind: it is adopted like any other. */
static pqt_status put_or_adopt(store *s, const char *path, const written_file *file,
                               bool *done, pqt_error *error)
{
    buffer key = {0};
    const store_body body = {file->descriptor, {0}};
    pqt_status status = table_object_key(path, &key, error);
    if (status == PQT_OK)
        status = store_put_if_absent(s, (const char *)key.data, &body, error);
    *done = status == PQT_OK;
    if (status == PQT_CONFLICT)
        status = is_same(s, path, (const char *)key.data, file, done, error);
    buffer_free(&key);
    return status;
}

static bool is_of_others(const delta_snapshot *live, const char *name,
                         const written_file *file)
{
    const delta_file *found = live ? delta_find(live, name) : NULL;
    const char *hash = found ? delta_tag(found, TAG_SHA256) : NULL;
    return found && (!hash || strcmp(hash, file->sha256) != 0);
}

pqt_status day_file_put(store *s, const delta_snapshot *live, int32_t date,
                        const written_file *file, arena *memory, const char **path,
                        pqt_error *error)
{
    for (int revision = 1; revision < MOST_REVISIONS; revision++) {
        const char *name;
        bool done = false;
        TRY(make_name(date, revision, file->sha256, memory, &name, error));
        if (is_of_others(live, name, file)) continue;
        TRY(put_or_adopt(s, name, file, &done, error));
        if (!done) continue;
        *path = name;
        return PQT_OK;
    }
    return error_set(error, PQT_LIMIT, "a day has more than %d revisions",
                     MOST_REVISIONS);
}

pqt_status month_file_put(store *s, int32_t date, const written_file *file, arena *memory,
                          const char **path, pqt_error *error)
{
    for (int digits = DIGITS; digits < SHA256_TEXT_BYTES; digits += DIGITS) {
        const char *name;
        bool done = false;
        TRY(make_month_name(date, file->sha256, digits, memory, &name, error));
        TRY(put_or_adopt(s, name, file, &done, error));
        if (!done) continue;
        *path = name;
        return PQT_OK;
    }
    return error_set(error, PQT_LIMIT,
                     "objects with all names for a month's file of SHA-256 %s are there "
                     "already; a vacuum removes those that are not needed",
                     file->sha256);
}

/* --- The log's entry --- */

static pqt_status copy_bound(const delta_column *column, pqt_view plain, arena *memory,
                             int64_t *number, const char **text, pqt_error *error)
{
    if (strcmp(column->type, "string") == 0) {
        *text = arena_text(memory, plain);
        return *text ? PQT_OK : error_no_memory(error, plain.size_bytes);
    }
    if (plain.size_bytes == 8) *number = (int64_t)load_u64le(plain.data);
    if (plain.size_bytes == 4) *number = (int32_t)load_u32le(plain.data);
    if (strcmp(column->type, "date") != 0) return PQT_OK;
    char date[DATE_TEXT_BYTES];
    date_text((int32_t)*number, date);
    *text = arena_text(memory, view_text(date));
    return *text ? PQT_OK : error_no_memory(error, sizeof date);
}

static pqt_status fill_column(const delta_column *column, const pqt_statistics *given,
                              arena *memory, delta_column_stats *out, pqt_error *error)
{
    *out = (delta_column_stats){.name = column->name, .null_count = given->null_count};
    if (!given->min_value.data || !given->max_value.data) return PQT_OK;
    out->has_range = true;
    out->is_text =
        strcmp(column->type, "string") == 0 || strcmp(column->type, "date") == 0;
    TRY(copy_bound(column, given->min_value, memory, &out->min_number, &out->min_text,
                   error));
    return copy_bound(column, given->max_value, memory, &out->max_number, &out->max_text,
                      error);
}

static pqt_status fill_tags(const written_file *file, const archive_sum *sum,
                            arena *memory, delta_file *out, pqt_error *error)
{
    enum { TAG_COUNT = 4 };
    char hash[HASH128_TEXT_BYTES], views[24], tail[24];
    hash128_text(sum->rows, hash);
    snprintf(views, sizeof views, "%" PRId64, sum->view_count);
    snprintf(tail, sizeof tail, "%" PRIu64, file->tail_bytes);
    const delta_pair values[TAG_COUNT] = {{TAG_SHA256, file->sha256},
                                          {TAG_ROW_HASH, hash},
                                          {TAG_VIEW_COUNT, views},
                                          {TAG_TAIL_BYTES, tail}};
    delta_pair *tags = arena_alloc(memory, TAG_COUNT, sizeof *tags);
    if (!tags) return error_no_memory(error, TAG_COUNT * sizeof *tags);
    for (int i = 0; i < TAG_COUNT; i++) {
        tags[i] =
            (delta_pair){values[i].key, arena_text(memory, view_text(values[i].value))};
        if (!tags[i].value) return error_no_memory(error, 1);
    }
    out->tags = tags;
    out->tag_count = TAG_COUNT;
    return PQT_OK;
}

pqt_status day_file_entry(const written_file *file, const archive_sum *sum,
                          const char *path, arena *memory, delta_file *out,
                          pqt_error *error)
{
    delta_column_stats *columns = arena_alloc(memory, COLUMN_COUNT, sizeof *columns);
    if (!columns) return error_no_memory(error, COLUMN_COUNT * sizeof *columns);
    for (int i = 0; i < COLUMN_COUNT; i++)
        TRY(fill_column(&archive_columns[i], &file->column_statistics[i], memory,
                        &columns[i], error));
    *out = (delta_file){.path = path,
                        .size_bytes = file->size_bytes,
                        .modified_ms = clock_wall_ms(),
                        .data_change = true,
                        .row_count = sum->row_count,
                        .columns = columns,
                        .column_count = COLUMN_COUNT};
    return fill_tags(file, sum, memory, out, error);
}
