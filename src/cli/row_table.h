/* Rows of a Parquet file without lists, as CSV or an aligned table. */
#ifndef CLI_ROW_TABLE_H
#define CLI_ROW_TABLE_H

#include "cli/row_choice.h"

/*
 * Writes at most `limit` rows (0: all) to stdout. Fields of structs are columns of their
 * own, with dotted names. INVALID where a chosen column is in a list. `format` is
 * FORMAT_CSV or FORMAT_TABLE; a table's columns are as wide as the widest so far of the
 * rows, a thousand at a time.
 */
pqt_status row_table_print(const pqt_reader *reader, const row_choice *choice,
                           int64_t limit, int format, pqt_error *error);

#endif
