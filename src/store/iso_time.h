/* Times as S3 and the metadata services write them: ISO 8601 in UTC. */
#ifndef STORE_ISO_TIME_H
#define STORE_ISO_TIME_H

#include <stdbool.h>

#include "base/view.h"

/* "2026-01-15T04:05:06Z", with or without a fraction, to milliseconds since 1970; false
 * where it is not such a text. */
bool iso_time_parse(pqt_view text, int64_t *time_ms);

/* The Date header of an answer (RFC 7231) to milliseconds; false where it is none. */
bool http_date_parse(pqt_view text, int64_t *time_ms);

#endif
