#include "base/error.h"
#include "cli/command.h"
#include "pqt.h"

static pqt_status open_and(invocation *in, pqt_error *error)
{
    pqt_reader *reader = NULL;
    TRY(pqt_reader_open_file(in->arguments[0], NULL, &reader, error));
    pqt_reader_close(reader);
    return error_set(error, PQT_UNSUPPORTED, "not yet");
}
pqt_status run_parquet_cat(invocation *in, pqt_error *error)
{
    return open_and(in, error);
}
pqt_status run_parquet_head(invocation *in, pqt_error *error)
{
    return open_and(in, error);
}
pqt_status run_parquet_schema(invocation *in, pqt_error *error)
{
    return open_and(in, error);
}
pqt_status run_parquet_meta(invocation *in, pqt_error *error)
{
    return open_and(in, error);
}
pqt_status run_parquet_verify(invocation *in, pqt_error *error)
{
    return open_and(in, error);
}
