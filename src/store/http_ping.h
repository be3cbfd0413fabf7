/* Telling a monitor that something happened: an address is asked for, the answer does not
 * matter. */
#ifndef STORE_HTTP_PING_H
#define STORE_HTTP_PING_H

#include "base/error.h"

/*
 * Asks for `url` (http:// or https://), three times at most, 10 seconds each. INVALID for
 * another kind of address, IO where nothing of the 2xx kind came, UNSUPPORTED where the
 * program was built without libcurl. Messages name the host only: the rest is often a
 * secret. `ca_bundle` NULL: the system's.
 */
pqt_status http_ping(const char *url, const char *ca_bundle, pqt_error *error);

/* INVALID for another kind of address; `name` says in the message which one it is. Asks
 * nobody. */
pqt_status http_ping_check(const char *url, const char *name, pqt_error *error);

#endif
