#include "cli/session.h"

#include "base/error.h"

pqt_status session_open(const struct options *o, bool create, progress_bar *bar,
                        pqa_archive **out, pqt_error *error)
{
    if (!o->store)
        return error_set(error, PQT_NOT_FOUND,
                         "no store is set; give --store DIR, or set PQA_STORE, or write "
                         "store = DIR in pqa.conf (pqa help settings)");
    pqa_settings settings = options_settings(o);
    if (bar) {
        progress_bar_start(bar);
        settings.progress = &bar->progress;
    }
    return pqa_open(&settings, create, out, error);
}
