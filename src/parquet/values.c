#include "parquet/values.h"

size_t values_slot_bytes(pqt_type type)
{
    static const size_t bytes[] = {
        [PQT_BOOLEAN] = 1,
        [PQT_INT32] = sizeof(int32_t),
        [PQT_INT64] = sizeof(int64_t),
        [PQT_INT96] = sizeof(pqt_view),
        [PQT_FLOAT] = sizeof(float),
        [PQT_DOUBLE] = sizeof(double),
        [PQT_BYTE_ARRAY] = sizeof(pqt_view),
        [PQT_FIXED_LEN_BYTE_ARRAY] = sizeof(pqt_view),
    };
    return bytes[type];
}
