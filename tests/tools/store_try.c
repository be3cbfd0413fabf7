/*
 * One operation of a store, for tests that look at a server from both sides:
 *
 *   store_try STORE put KEY FILE
 *                   get KEY FILE
 *                   remove KEY
 *                   size KEY
 *                   list PREFIX [AFTER]             size, blank, key and NUL of each
 *                   ranges KEY FILE OFFSET:SIZE...  read at once, one behind the other
 *                   probe
 *                   lock NAME SECONDS               checked at its end
 *
 * MULTIPART, RETRY and LEASE in the environment set the store's options. Prints "STATUS:
 * message" on stderr and ends with the status as exit code.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "pqt.h"
#include "store/store.h"

struct trial {
    store *store;
    int count;
    char **arguments; /* behind the command */
    pqt_error *error;
};

static pqt_status write_file(const char *path, pqt_view bytes, pqt_error *error)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (descriptor < 0) return error_set(error, PQT_IO, "cannot write %s", path);
    const pqt_status status =
        file_write_all(descriptor, bytes.data, bytes.size_bytes, path, error);
    close(descriptor);
    return status;
}

static pqt_status run_put(const struct trial *t)
{
    const store_body body = {open(t->arguments[1], O_RDONLY), {0}};
    if (body.descriptor < 0)
        return error_set(t->error, PQT_IO, "cannot open %s", t->arguments[1]);
    const pqt_status status =
        store_put_if_absent(t->store, t->arguments[0], &body, t->error);
    close(body.descriptor);
    return status;
}

static pqt_status run_get(const struct trial *t)
{
    buffer bytes = {0};
    pqt_status status =
        store_get(t->store, t->arguments[0], UINT64_C(1) << 32, &bytes, t->error);
    if (status == PQT_OK)
        status = write_file(t->arguments[1], buffer_view(&bytes), t->error);
    buffer_free(&bytes);
    return status;
}

static pqt_status run_remove(const struct trial *t)
{
    return store_remove(t->store, t->arguments[0], t->error);
}

static pqt_status run_size(const struct trial *t)
{
    uint64_t size = 0;
    const pqt_status status = store_size(t->store, t->arguments[0], &size, t->error);
    if (status == PQT_OK) printf("%llu\n", (unsigned long long)size);
    return status;
}

static pqt_status print_entry(void *self, const store_entry *entry, pqt_error *error)
{
    (void)self;
    (void)error;
    printf("%llu %s%c", (unsigned long long)entry->size_bytes, entry->key, 0);
    return PQT_OK;
}

static pqt_status run_list(const struct trial *t)
{
    const char *after = t->count > 1 ? t->arguments[1] : NULL;
    return store_list(t->store, t->arguments[0], after, print_entry, NULL, t->error);
}

enum { MOST_RANGES = 1000 };

static pqt_status read_ranges(const struct trial *t, const pqt_input *input,
                              buffer *bytes)
{
    static pqt_byte_range ranges[MOST_RANGES];
    static uint8_t *outs[MOST_RANGES];
    size_t count = 0, total = 0;
    for (int i = 2; i < t->count && count < MOST_RANGES; i++, count++) {
        char *end = NULL;
        ranges[count].offset = strtoull(t->arguments[i], &end, 10);
        ranges[count].size_bytes = strtoull(end + 1, NULL, 10);
        total += (size_t)ranges[count].size_bytes;
    }
    TRY(buffer_resize(bytes, total, t->error));
    for (size_t i = 0, at = 0; i < count; i++) {
        outs[i] = bytes->data + at;
        at += (size_t)ranges[i].size_bytes;
    }
    if (input->read_many)
        return input->read_many(input->self, ranges, count, outs, t->error);
    for (size_t i = 0; i < count; i++)
        TRY(input->read(input->self, ranges[i].offset, outs[i],
                        (size_t)ranges[i].size_bytes, t->error));
    return PQT_OK;
}

static pqt_status run_ranges(const struct trial *t)
{
    pqt_input input;
    buffer bytes = {0};
    TRY(store_open_input(t->store, t->arguments[0], &input, t->error));
    pqt_status status = read_ranges(t, &input, &bytes);
    if (status == PQT_OK)
        status = write_file(t->arguments[1], buffer_view(&bytes), t->error);
    input.release(input.self);
    buffer_free(&bytes);
    return status;
}

static pqt_status run_probe(const struct trial *t)
{
    return store_probe_write(t->store, t->error);
}

static pqt_status run_lock(const struct trial *t)
{
    void *lock = NULL;
    TRY(store_lock(t->store, t->arguments[0], &lock, t->error));
    printf("locked\n");
    fflush(stdout);
    usleep((useconds_t)(strtod(t->arguments[1], NULL) * 1e6));
    const pqt_status status = store_check_lock(t->store, lock, t->error);
    store_unlock(t->store, lock);
    return status;
}

static const struct {
    const char *name;
    int least;
    pqt_status (*run)(const struct trial *t);
} commands[] = {
    {"put", 2, run_put},     {"get", 2, run_get},   {"remove", 1, run_remove},
    {"size", 1, run_size},   {"list", 1, run_list}, {"ranges", 2, run_ranges},
    {"probe", 0, run_probe}, {"lock", 2, run_lock},
};

static pqt_status run(int count, char **arguments, pqt_error *error)
{
    const char *multipart = getenv("MULTIPART"), *retry = getenv("RETRY"),
               *lease = getenv("LEASE");
    const store_s3_options s3 = {
        .multipart_bytes = multipart ? strtoull(multipart, NULL, 10) : 0,
        .retry_s = retry ? (int)strtol(retry, NULL, 10) : 0,
        .lease_s = lease ? (int)strtol(lease, NULL, 10) : 0,
        .idle_s = 2};
    const store_options options = {.create = true, .s3 = &s3};
    struct trial trial = {.count = count - 3, .arguments = arguments + 3, .error = error};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, arguments[2]) != 0) continue;
        if (trial.count < commands[i].least) break;
        TRY(store_open(arguments[1], &options, &trial.store, error));
        const pqt_status status = commands[i].run(&trial);
        store_close(trial.store);
        return status;
    }
    return error_set(error, PQT_INVALID, "see the top of store_try.c for its use");
}

int main(int argc, char **argv)
{
    pqt_error error = {0};
    const pqt_status status = argc > 2 ? run(argc, argv, &error) : PQT_INVALID;
    if (status != PQT_OK)
        fprintf(stderr, "%s: %s\n", pqt_status_text(status), error.message);
    return (int)status;
}
