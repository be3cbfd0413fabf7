/* The metadata of the extension type geoarrow.wkb, and GEOMETRY and GEOGRAPHY. */
#ifndef PARQUET_GEOARROW_H
#define PARQUET_GEOARROW_H

#include "base/arena.h"
#include "base/buffer.h"
#include "pqt.h"

/*
 * GEOMETRY, or GEOGRAPHY where the metadata (JSON) has edges that are not planar. A crs
 * of longitude and latitude is left out, one that is an object (PROJJSON) becomes its
 * text.
 */
pqt_status geoarrow_read(pqt_view metadata, arena *memory, pqt_logical_type *out,
                         pqt_error *error);

/* Appends the metadata for the type: its crs and edges. */
pqt_status geoarrow_write(const pqt_logical_type *type, buffer *out, pqt_error *error);

#endif
