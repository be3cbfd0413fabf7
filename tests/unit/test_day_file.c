/* What is there already under a file's name, and what the store made of a file. */
#include "archive/day_file.h"

#include <unistd.h>

#include "archive/compact.h"
#include "base/file.h"
#include "upkeep_help.h"

/* --- A store whose objects are old, or that damages what is put --- */

static int64_t older_by_ms;
static int damaged_puts; /* data files that are still to be damaged */

struct listing {
    store_list_callback callback;
    void *self;
};

static pqt_status make_older(void *self, const store_entry *entry, pqt_error *error)
{
    const struct listing *l = self;
    store_entry older = *entry;
    older.modified_ms -= older_by_ms;
    return l->callback(l->self, &older, error);
}

static pqt_status list_older(void *self, const char *prefix, const char *start_after,
                             store_list_callback callback, void *callback_self,
                             pqt_error *error)
{
    struct listing l = {callback, callback_self};
    return store_list(self, prefix, start_after, make_older, &l, error);
}

static pqt_status put_damaged(void *self, const char *key, const store_body *body,
                              pqt_error *error)
{
    buffer bytes = {0};
    if (body->descriptor < 0 || damaged_puts == 0)
        return store_put_if_absent(self, key, body, error);
    TRY(buffer_resize(&bytes, (size_t)lseek(body->descriptor, 0, SEEK_END), error));
    TRY(file_read_at(body->descriptor, 0, bytes.data, bytes.size_bytes, key, error));
    bytes.data[bytes.size_bytes / 2] ^= 4;
    const store_body other = {-1, buffer_view(&bytes)};
    const pqt_status status = store_put_if_absent(self, key, &other, error);
    buffer_free(&bytes);
    damaged_puts -= status == PQT_OK;
    return status;
}

static pqt_status get(void *self, const char *key, uint64_t limit_bytes, buffer *out,
                      pqt_error *error)
{
    return store_get(self, key, limit_bytes, out, error);
}

static pqt_status open_input(void *self, const char *key, pqt_input *out,
                             pqt_error *error)
{
    return store_open_input(self, key, out, error);
}

static pqt_status size(void *self, const char *key, uint64_t *out, pqt_error *error)
{
    return store_size(self, key, out, error);
}

static pqt_status lock(void *self, const char *name, void **held, pqt_error *error)
{
    return store_lock(self, name, held, error);
}

static void unlock(void *self, void *held)
{
    store_unlock(self, held);
}

static store *open_odd(store *s)
{
    static const struct store_functions functions = {.get = get,
                                                     .open_input = open_input,
                                                     .size = size,
                                                     .put = put_damaged,
                                                     .list = list_older,
                                                     .lock = lock,
                                                     .unlock = unlock,
                                                     .release = keep_store};
    pqt_error error;
    store *odd = NULL;
    assert_ok(store_make(&functions, s, "odd", &odd, &error));
    return odd;
}

/* --- Adopting --- */

static written_file make_file(const char *text)
{
    written_file file = {.size_bytes = strlen(text)};
    char name[] = "/tmp/pqa_test_XXXXXX";
    uint8_t digest[SHA256_BYTES];
    pqt_error error;
    file.descriptor = mkstemp(name);
    assert_true(file.descriptor >= 0);
    unlink(name);
    assert_int_equal(write(file.descriptor, text, file.size_bytes), file.size_bytes);
    assert_ok(sha256_of(view_text(text), digest, &error));
    sha256_text(digest, file.sha256);
    return file;
}

static void put_day(store *s, const written_file *file, const char *expected)
{
    pqt_error error;
    arena memory = {0};
    const char *path = NULL;
    assert_ok(day_file_put(s, NULL, NIGHT_FIRST, file, &memory, &path, &error));
    if (!strstr(path, expected)) fail_msg("%s, and not %s", path, expected);
    arena_free(&memory);
}

/* A vacuum may be about to remove one that is old: no live file has it. */
static void only_a_young_object_is_adopted(void **state)
{
    (void)state;
    pqt_error error;
    store *s = NULL;
    assert_ok(store_open_memory(&s, &error));
    store *odd = open_odd(s);
    const written_file file = make_file("bytes"), other = make_file("other");
    older_by_ms = 0;
    put_day(odd, &file, "-04.parquet");
    put_day(odd, &file, "-04.parquet");
    put_day(odd, &other, "-04.r2-");
    older_by_ms = 6 * DAY_MS;
    put_day(odd, &other, "-04.r3-");
    older_by_ms = 0;
    close(file.descriptor);
    close(other.descriptor);
    store_close(odd);
    store_close(s);
}

/* --- Reading back --- */

static pqt_status compact(store *s, pqt_error *error)
{
    const pqa_settings settings = night_settings();
    const export_context context = {s, NULL, NULL, &settings};
    const pqa_compact_options options = {0};
    return archive_compact(&context, clock_wall_ms(), &options, NULL, NULL, error);
}

/* What is replaced may be all that is left of rows. */
static void file_that_the_store_damages_replaces_nothing(void **state)
{
    (void)state;
    pqt_error error;
    test_site site = site_of_days(3);
    store *s = night_store(&site, 3), *odd = open_odd(s);
    const test_site before = site;
    const int64_t version = night_version(s);
    site_add(&site, 800, 0);
    damaged_puts = 1;
    assert_fails(night_export(&site, odd, 0, 0, NULL, &error), PQT_CORRUPT, "reads back");
    damaged_puts = 1;
    assert_fails(compact(odd, &error), PQT_CORRUPT, "reads back");
    assert_int_equal(night_version(s), version);
    assert_archive_is(s, &before, 0);
    damaged_puts = 0;
    assert_ok(night_export(&site, odd, 0, 0, NULL, &error));
    assert_ok(compact(odd, &error));
    assert_archive_is(s, &site, 0);
    store_close(odd);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_young_object_is_adopted),
        cmocka_unit_test(file_that_the_store_damages_replaces_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
