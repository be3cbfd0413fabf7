/*
 * Where objects live: names with '/' between their parts, and bytes that never change
 * once they are there (hints excepted: store_replace). One table of functions a kind of
 * store; callers see no kind.
 *
 * Keys are relative to the store's root: no leading '/', no empty part, no "." or "..";
 * others are refused with INVALID. Every function may be called by several threads.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/progress.h"
#include "pqt.h"

typedef struct store store;

/* One object as a listing gives it. The key is the store's until the callback returns. */
typedef struct store_entry {
    const char *key;
    uint64_t size_bytes;
    int64_t modified_ms; /* since 1970-01-01 UTC */
    const char *etag;    /* another one where the bytes are others; NULL: not known */
} store_entry;

/* Returns anything but PQT_OK to end the listing with it. */
typedef pqt_status (*store_list_callback)(void *self, const store_entry *entry,
                                          pqt_error *error);

/* What is to be put: the descriptor's file from its first byte to its last (`descriptor`
 * >= 0), or else `bytes`. */
typedef struct store_body {
    int descriptor;
    pqt_view bytes;
} store_body;

/* One of several objects to get: appended to `out` (NULL: it is only looked for), and
 * *is_there set. */
typedef struct store_get_request {
    const char *key;
    buffer *out;
    bool *is_there;
} store_get_request;

/* Ranges of one object that is known to be there and to have that size, ascending and
 * apart, each into its own place. */
typedef struct store_range_request {
    const char *key;
    uint64_t size_bytes;
    const pqt_byte_range *ranges;
    size_t count;
    uint8_t *const *outs;
} store_range_request;

/* An object whose bytes never change, as a log knows it. */
typedef struct store_object {
    const char *key;
    uint64_t size_bytes;
    const char *hash; /* of its bytes; NULL: not known, and nothing is remembered of it */
} store_object;

typedef enum store_finding {
    STORE_FINDING_OK,
    STORE_FINDING_ADVICE,
    STORE_FINDING_PROBLEM
} store_finding;
typedef void (*store_finding_callback)(void *self, store_finding level,
                                       const char *subject, const char *text);

/* How another program reads the same objects from a server. Texts belong to the arena they
 * were read into; keys are those of the moment, and never for a message. */
typedef struct store_access {
    bool is_remote;       /* else all else is zero: the name is a directory's */
    bool is_plain;        /* http, not https */
    bool is_virtual;      /* the bucket is in the host's name */
    const char *endpoint; /* "HOST[:PORT][/PATH]"; NULL: Amazon's of the region */
    const char *region;
    const char *ca_bundle; /* NULL: the system's */
    const char *access_key, *secret_key;
    const char *session_token; /* NULL: of keys that do not expire */
} store_access;

struct store_functions {
    size_t near_bytes; /* see store_near_bytes */
    pqt_status (*get)(void *self, const char *key, uint64_t limit_bytes, buffer *out,
                      pqt_error *error);
    pqt_status (*get_many)(void *self, const store_get_request *requests, size_t count,
                           uint64_t limit_bytes, pqt_error *error); /* NULL: one by one */
    pqt_status (*open_input)(void *self, const char *key, pqt_input *out,
                             pqt_error *error);
    pqt_status (*open_known)(void *self, const char *key, uint64_t size_bytes,
                             pqt_input *out, pqt_error *error); /* NULL: open_input */
    pqt_status (*read_ranges)(void *self, const store_range_request *requests,
                              size_t count, pqt_error *error); /* NULL: by open_known */
    pqt_status (*size)(void *self, const char *key, uint64_t *size_bytes,
                       pqt_error *error);
    pqt_status (*put)(void *self, const char *key, const store_body *body,
                      pqt_error *error);
    pqt_status (*replace)(void *self, const char *key, pqt_view bytes, pqt_error *error);
    pqt_status (*list)(void *self, const char *prefix, const char *start_after,
                       store_list_callback callback, void *callback_self,
                       pqt_error *error);
    pqt_status (*remove)(void *self, const char *key, pqt_error *error);
    pqt_status (*probe_write)(void *self, pqt_error *error);
    pqt_status (*free_bytes)(void *self, uint64_t *free_bytes, pqt_error *error);
    void (*diagnose)(void *self, store_finding_callback callback,
                     void *callback_self); /* may be NULL */
    pqt_status (*lock)(void *self, const char *name, void **lock, pqt_error *error);
    pqt_status (*check_lock)(void *self, void *lock, pqt_error *error); /* may be NULL */
    void (*unlock)(void *self, void *lock);
    const char *(*temporary_directory)(void *self); /* may be NULL */
    const char *(*identity)(void *self); /* see store_identity; NULL: the name */
    /* NULL: not remote */
    pqt_status (*access)(void *self, arena *memory, store_access *out, pqt_error *error);
    bool (*recall)(void *self, const store_object *object, buffer *out); /* may be NULL */
    void (*remember)(void *self, const store_object *object, pqt_view bytes);
    void (*release)(void *self);
};

struct store {
    const struct store_functions *functions;
    void *self;
    char *name; /* as the user wrote it, for messages */
};

typedef enum store_s3_addressing {
    STORE_S3_AUTO, /* in the host at Amazon, in the path elsewhere */
    STORE_S3_PATH,
    STORE_S3_VIRTUAL
} store_s3_addressing;

typedef enum store_s3_encryption {
    STORE_S3_SSE_DEFAULT, /* the bucket's */
    STORE_S3_SSE_S3,
    STORE_S3_SSE_KMS
} store_s3_encryption;

/* Of S3; zero and NULL take what AWS's variables and shared files say, else the default
 * in brackets. */
typedef struct store_s3_options {
    const char *endpoint;   /* https://HOST[:PORT][/PATH] [Amazon's of the region] */
    const char *region;     /* [us-east-1] */
    const char *profile;    /* of ~/.aws/config and ~/.aws/credentials */
    const char *access_key; /* both keys or none; they come before all others */
    const char *secret_key;
    const char *session_token; /* of keys that expire */
    const char *ca_bundle;     /* a file of certificates [the system's] */
    const char *kms_key;       /* for SSE_KMS [Amazon's own] */
    const char *storage_class; /* of new objects [the bucket's] */
    store_s3_addressing addressing;
    store_s3_encryption encryption;
    int connect_s;            /* for a connection [10] */
    int idle_s;               /* without a KiB a second a request is lost [30] */
    int retry_s;              /* failed requests are tried again for so long [60] */
    int lease_s;              /* a lock whose holder is silent for so long is free [60] */
    uint64_t multipart_bytes; /* larger objects are put in parts [64 MiB] */
} store_s3_options;

/* NULL or zero members: defaults. */
typedef struct store_options {
    bool create; /* make a directory that is not there */
    const pqt_progress
        *progress;              /* cancels what waits for a server; outlives the store */
    const store_s3_options *s3; /* copied */
} store_options;

/*
 * Opens the store that `url` names: a directory's path, or s3://bucket/prefix
 * (UNSUPPORTED where not built). A directory that is not there is NOT_FOUND unless
 * `create` makes it; a file in its place is NOT_FOUND too. Opening S3 asks no server.
 * What looks like another URL ("s3:/bucket", "ftp://x") is INVALID.
 * `options` NULL: defaults. The caller closes.
 */
pqt_status store_open(const char *url, const store_options *options, store **out,
                      pqt_error *error);
/* An empty store in memory, for tests. */
pqt_status store_open_memory(store **out, pqt_error *error);

/*
 * Faults for tests: passes everything on to `inner` (which it takes over) and fails, with
 * IO, the calls that `plan` says. Counting starts at 1 and is over all functions.
 */
struct store_fault_plan {
    uint64_t fail_at;   /* this call fails; 0: none */
    bool fail_for_ever; /* ... and all after it */
    bool apply_first;   /* the call takes effect, its answer is lost */
    uint64_t calls;     /* out: how many were made */
};
pqt_status store_open_faulty(store *inner, struct store_fault_plan *plan, store **out,
                             pqt_error *error);

/* For the kinds of store: takes `self` over, also on failure. */
pqt_status store_make(const struct store_functions *functions, void *self,
                      const char *name, store **out, pqt_error *error);

/* NULL is fine. */
void store_close(store *s);

/* Appends the whole object to `out`. NOT_FOUND; LIMIT where it is larger. */
pqt_status store_get(store *s, const char *key, uint64_t limit_bytes, buffer *out,
                     pqt_error *error);

/* Appends several objects, each to its own buffer, in parallel where the store can; one
 * that is not there is no error. LIMIT where one is larger than `limit_bytes`. Memory:
 * all of them. */
pqt_status store_get_many(store *s, const store_get_request *requests, size_t count,
                          uint64_t limit_bytes, pqt_error *error);

/* An input that reads ranges of the object (pqt_reader_open takes it); it fails for
 * objects that are not there. It must be released before the store is closed. */
pqt_status store_open_input(store *s, const char *key, pqt_input *out, pqt_error *error);

/* As store_open_input for an object that is known to be there and to have that size, as a
 * log says: no server is asked before something is read, and where the log is wrong, that
 * fails. */
pqt_status store_open_known(store *s, const char *key, uint64_t size_bytes,
                            pqt_input *out, pqt_error *error);

/* Reads ranges of several objects, all at once where the store can. IO where one is not
 * what was known of it. */
pqt_status store_read_ranges(store *s, const store_range_request *requests, size_t count,
                             pqt_error *error);

pqt_status store_size(store *s, const char *key, uint64_t *size_bytes, pqt_error *error);

/*
 * Puts an object if none has that name, atomically and durably (when it returns PQT_OK
 * the object outlives a power cut); CONFLICT where one is there. After DENIED, INVALID
 * and UNSUPPORTED nothing was put. Any other failure leaves open whether it took effect
 * or yet will: look before you conclude, and clean nothing up. Where an answer was lost
 * on the way, the object that is there is read back: the same bytes count as put, others
 * are CONFLICT.
 */
pqt_status store_put_if_absent(store *s, const char *key, const store_body *body,
                               pqt_error *error);

/*
 * Puts an object in place of the one that has the name, if any: whoever reads it sees
 * either the old bytes or the new ones, whole. Only for hints, without which everything
 * is found all the same (`_last_checkpoint`): data and log are never replaced. After a
 * failure it may be either.
 */
pqt_status store_replace(store *s, const char *key, pqt_view bytes, pqt_error *error);

/* Calls back for every object whose key begins with `prefix` and sorts bytewise behind
 * `start_after` (NULL: all), in bytewise order of the keys. No object is no error. */
pqt_status store_list(store *s, const char *prefix, const char *start_after,
                      store_list_callback callback, void *self, pqt_error *error);

/* Removes; one that is not there is no error. */
pqt_status store_remove(store *s, const char *key, pqt_error *error);

/* Bytes that are sooner read than asked for apart: 0 on a disk, more where each request
 * is a journey. There, many requests at once also cost no more than one. */
size_t store_near_bytes(const store *s);

/* What tells the store from all others, whatever a user called it. */
const char *store_identity(const store *s);

/* DENIED where there are no keys; `memory` holds the texts, also the secret ones. */
pqt_status store_access_read(store *s, arena *memory, store_access *out,
                             pqt_error *error);

/*
 * What was remembered of an object, by this process or another: appended, and true. Only
 * a cached view (cached_store.h) remembers, for readers; the bytes are whatever the one
 * who remembered them made of the object. Neither ever fails: what cannot be remembered
 * is read again.
 */
bool store_remembers(const store *s);
bool store_recall(store *s, const store_object *object, buffer *out);
void store_remember(store *s, const store_object *object, pqt_view bytes);

/* Whether objects can be put, shown by putting a small one and removing it. DENIED, IO.
 */
pqt_status store_probe_write(store *s, pqt_error *error);

/* Bytes that still fit; UINT64_MAX where there is no limit. */
pqt_status store_free_bytes(store *s, uint64_t *free_bytes, pqt_error *error);

/* Tells what of the place's own rules concerns an archive in it: of S3, lifecycle rules
 * that would expire or freeze live objects, versioning, locks. Nothing is changed. */
void store_diagnose(store *s, store_finding_callback callback, void *callback_self);

/*
 * A directory of the local disk from which a new file can be put without copying it, and
 * that no listing shows; NULL where the store has none. Valid until store_close.
 */
const char *store_temporary_directory(store *s);

/*
 * One holder at a time among all processes; BUSY with who holds it. Released by unlock,
 * and by the holder's death: on S3, where that cannot be seen, after `lease_s` of
 * silence. A holder that was stopped for so long has lost it, and finds out by
 * store_check_lock.
 */
pqt_status store_lock(store *s, const char *name, void **lock, pqt_error *error);

/* Whether the lock is still held: BUSY where another has taken it meanwhile. Costs
 * nothing where it was renewed a moment ago. */
pqt_status store_check_lock(store *s, void *lock, pqt_error *error);
void store_unlock(store *s, void *lock);

#endif
