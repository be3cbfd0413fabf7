/*
 * The keys that requests are signed with. Providers are asked in the order of one table;
 * keys that expire are had anew five minutes before. Nothing of them is ever in a
 * message.
 */
#ifndef STORE_AWS_KEYS_H
#define STORE_AWS_KEYS_H

#include "store/http.h"

enum { AWS_ACCESS_KEY_BYTES = 256, AWS_SECRET_KEY_BYTES = 512, AWS_TOKEN_BYTES = 16384 };

typedef struct aws_keys {
    char access_key[AWS_ACCESS_KEY_BYTES];
    char secret_key[AWS_SECRET_KEY_BYTES];
    char session_token[AWS_TOKEN_BYTES]; /* "" for keys that do not expire */
    int64_t expires_ms;                  /* 0: never */
} aws_keys;

/* What providers look with; the pools' and texts' owner outlives it. */
typedef struct aws_lookup {
    const char *access_key; /* given by settings; NULL with the secret key: none are */
    const char *secret_key;
    const char *session_token;
    const char *profile; /* chosen by a setting; NULL: $AWS_PROFILE, else "default" */
    const char *region;  /* for STS */
    http_pool *pool;     /* for STS */
    http_pool *metadata; /* for container and instance: no proxy, short limits */
    const pqt_progress *progress;
} aws_lookup;

/*
 * Asks one provider. *found stays false where it has nothing to say; an error is for one
 * that should have keys and does not give them.
 */
typedef pqt_status (*aws_provider)(const aws_lookup *lookup, aws_keys *out, bool *found,
                                   pqt_error *error);
pqt_status aws_keys_from_settings(const aws_lookup *lookup, aws_keys *out, bool *found,
                                  pqt_error *error);
pqt_status aws_keys_from_environment(const aws_lookup *lookup, aws_keys *out, bool *found,
                                     pqt_error *error);
pqt_status aws_keys_from_web_identity(const aws_lookup *lookup, aws_keys *out,
                                      bool *found, pqt_error *error);
pqt_status aws_keys_from_profile(const aws_lookup *lookup, aws_keys *out, bool *found,
                                 pqt_error *error);
pqt_status aws_keys_from_container(const aws_lookup *lookup, aws_keys *out, bool *found,
                                   pqt_error *error);
pqt_status aws_keys_from_instance(const aws_lookup *lookup, aws_keys *out, bool *found,
                                  pqt_error *error);

/* Copies texts into `out`; INVALID, naming `where`, for one that is missing, too long or
 * not printable. `token` may be NULL. */
pqt_status aws_keys_set(aws_keys *out, const char *where, const char *access_key,
                        const char *secret_key, const char *token, pqt_error *error);

/* Overwrites them: secrets do not stay in memory that others get. */
void aws_keys_wipe(aws_keys *keys);

/* The keys of the moment, for several threads. */
typedef struct aws_keyring aws_keyring;

/* The lookup is copied; what it points to must outlive the keyring. The caller frees. */
pqt_status aws_keyring_create(const aws_lookup *lookup, aws_keyring **out,
                              pqt_error *error);
void aws_keyring_free(aws_keyring *ring);

/* Copies the keys that are good now. DENIED where there are none, saying where they were
 * looked for; CANCELLED. */
pqt_status aws_keyring_get(aws_keyring *ring, aws_keys *out, pqt_error *error);

/* The server says that these have expired: the next get asks the providers again, unless
 * other keys have come meanwhile. */
void aws_keyring_expire(aws_keyring *ring, const aws_keys *refused);

#endif
