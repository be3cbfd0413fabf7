/* What an S3 store is opened with: options, else AWS's variables, else its shared files.
 */
#ifndef STORE_S3_SETTINGS_H
#define STORE_S3_SETTINGS_H

#include "base/arena.h"
#include "store/store.h"

typedef struct s3_settings {
    store_s3_options options; /* complete; texts are in `memory` or NULL */
    arena memory;
} s3_settings;

/* `given` may be NULL. INVALID for values that make no sense. The caller frees, also
 * after a failure. */
pqt_status s3_settings_read(const store_s3_options *given, s3_settings *out,
                            pqt_error *error);
void s3_settings_free(s3_settings *settings);

#endif
