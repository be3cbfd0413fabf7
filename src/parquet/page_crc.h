/* The checksum of pages: CRC-32 as in gzip (parquet.thrift, PageHeader.crc). */
#ifndef PARQUET_PAGE_CRC_H
#define PARQUET_PAGE_CRC_H

#include "pqt_base.h"

uint32_t page_crc(pqt_view bytes);

#endif
