/* Answers for what src/api does not have yet; goes when it does. */
#include "base/error.h"
#include "pqa.h"
#include "pqt.h"

static pqt_status pending(pqt_error *error)
{
    return error_set(error, PQT_UNSUPPORTED, "not in this build yet");
}
const char *pqa_version(void)
{
    return PQA_VERSION;
}
int pqa_exit_code(pqt_status s)
{
    return s == PQT_OK ? 0 : s == PQT_INVALID ? 2 : s == PQT_NOT_FOUND ? 10 : 1;
}
pqt_status pqa_open(const pqa_settings *s, bool create, pqa_archive **out,
                    pqt_error *error)
{
    (void)s;
    (void)create;
    (void)out;
    return pending(error);
}
void pqa_close(pqa_archive *archive)
{
    (void)archive;
}
pqt_status pqa_export(pqa_archive *a, const pqa_export_options *o, pqa_day_callback c,
                      void *self, pqt_error *error)
{
    (void)a;
    (void)o;
    (void)c;
    (void)self;
    return pending(error);
}
pqt_status pqa_verify(pqa_archive *a, const pqa_verify_options *o,
                      pqa_verified_callback c, void *self, pqt_error *error)
{
    (void)a;
    (void)o;
    (void)c;
    (void)self;
    return pending(error);
}
void pqa_table_free(pqa_table *table)
{
    (void)table;
}
#define ASK(name)                                                       \
    pqt_status name(pqa_archive *a, const pqa_query *q, pqa_table *out, \
                    pqt_error *error)                                   \
    {                                                                   \
        (void)a;                                                        \
        (void)q;                                                        \
        (void)out;                                                      \
        return pending(error);                                          \
    }
ASK(pqa_top)
ASK(pqa_daily)
ASK(pqa_not_found)
ASK(pqa_versions)
ASK(pqa_views)
pqt_status pqa_status(pqa_archive *a, pqa_table *out, pqt_error *error)
{
    (void)a;
    (void)out;
    return pending(error);
}
pqt_status pqa_files(pqa_archive *a, pqa_table *out, pqt_error *error)
{
    (void)a;
    (void)out;
    return pending(error);
}
pqt_status pqa_doctor(const pqa_settings *s, pqa_finding_callback c, void *self,
                      pqt_error *error)
{
    (void)s;
    (void)c;
    (void)self;
    return pending(error);
}
pqt_status pqt_reader_open_file(const char *p, const pqt_reader_options *o,
                                pqt_reader **out, pqt_error *error)
{
    (void)p;
    (void)o;
    (void)out;
    return pending(error);
}
void pqt_reader_close(pqt_reader *r)
{
    (void)r;
}
