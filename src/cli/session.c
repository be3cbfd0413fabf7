#include "cli/session.h"

#include "base/error.h"

pqt_status session_settings(const struct options *o, progress_bar *bar, pqa_settings *out,
                            pqt_error *error)
{
    if (!o->store)
        return error_set(error, PQT_NOT_FOUND,
                         "no store is set; give --store DIR, or set PQA_STORE, or write "
                         "store = DIR in pqa.conf (pqa help settings)");
    *out = options_settings(o);
    if (!bar) return PQT_OK;
    progress_bar_start(bar);
    out->progress = &bar->progress;
    return PQT_OK;
}

pqt_status session_open(const struct options *o, bool create, progress_bar *bar,
                        pqa_archive **out, pqt_error *error)
{
    pqa_settings settings;
    TRY(session_settings(o, bar, &settings, error));
    return pqa_open(&settings, create, out, error);
}
