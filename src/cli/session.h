/* An archive opened as the options say, with progress shown where wanted. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/options.h"
#include "cli/progress_bar.h"

/* The settings that the options make. Errors and `bar` as session_open's. */
pqt_status session_settings(const struct options *o, progress_bar *bar, pqa_settings *out,
                            pqt_error *error);

/*
 * NOT_FOUND, with what to do, where no store is set. `bar` may be NULL; started
 * otherwise, and it must outlive the archive. The caller closes with pqa_close.
 */
pqt_status session_open(const struct options *o, bool create, progress_bar *bar,
                        pqa_archive **out, pqt_error *error);

#endif
