/* What a footer says, for programs and for people. */
#ifndef PARQUET_METADATA_PRINTER_H
#define PARQUET_METADATA_PRINTER_H

#include "base/buffer.h"
#include "pqt.h"

/* Text on its way out; written and emptied row group by row group. */
typedef struct printed {
    const pqt_reader *reader;
    const pqt_file_metadata *metadata;
    buffer text;
    const pqt_text_output *output;
    pqt_error *error;
} printed;

pqt_status metadata_print_json(printed *p);
pqt_status metadata_print_text(printed *p);

/* Writes what was appended so far. */
pqt_status printed_flush(printed *p);

/* "TYPE_DEFINED"; "ASCENDING"; "DATA_PAGE". */
const char *column_order_name(pqt_column_order order);
const char *boundary_order_name(int32_t order);
const char *page_type_name(int32_t type);

#endif
