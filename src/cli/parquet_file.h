/* A Parquet file opened with the keys that the options give. */
#ifndef CLI_PARQUET_FILE_H
#define CLI_PARQUET_FILE_H

#include "cli/options.h"
#include "pqt.h"

/* INVALID for keys that are none, without showing them. The caller closes. */
pqt_status parquet_file_open(const char *path, const struct options *o, pqt_reader **out,
                             pqt_error *error);

#endif
