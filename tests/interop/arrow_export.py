"""Arrow tables written by the library, through the C data interface, to bytes in memory."""
import ctypes
import io

import pyarrow
from arrow_import import call

WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t,
                         ctypes.c_void_p)


class Output(ctypes.Structure):
    _fields_ = [("write", WRITE), ("self", ctypes.c_void_p)]


class ColumnOptions(ctypes.Structure):
    _fields_ = [("encoding", ctypes.c_int), ("fallback", ctypes.c_int), ("codec", ctypes.c_int),
                ("level", ctypes.c_int32), ("portable", ctypes.c_bool),
                ("bloom_filter", ctypes.c_bool), ("long_pages", ctypes.c_bool)]


class WriterOptions(ctypes.Structure):
    _fields_ = [("allocator", ctypes.c_void_p), ("created_by", ctypes.c_char_p),
                ("row_group_rows", ctypes.c_int64), ("row_group_bytes", ctypes.c_size_t),
                ("page_rows", ctypes.c_int64), ("page_limit_bytes", ctypes.c_size_t),
                ("dictionary_limit_bytes", ctypes.c_size_t),
                ("statistics_limit_bytes", ctypes.c_size_t), ("sorting", ctypes.c_void_p),
                ("sorting_count", ctypes.c_int32), ("key_values", ctypes.c_void_p),
                ("key_value_count", ctypes.c_int32), ("no_page_index", ctypes.c_bool),
                ("no_checksums", ctypes.c_bool), ("no_size_statistics", ctypes.c_bool),
                ("ieee_total_order", ctypes.c_bool), ("page_v2", ctypes.c_bool),
                ("threads", ctypes.c_int), ("encryption", ctypes.c_void_p)]


CHOSEN = -1
ENCODINGS = {"PLAIN": 0, "RLE": 3, "DELTA_BINARY_PACKED": 5, "DELTA_LENGTH_BYTE_ARRAY": 6,
             "DELTA_BYTE_ARRAY": 7, "RLE_DICTIONARY": 8, "BYTE_STREAM_SPLIT": 9, "CHOSEN": CHOSEN}
CODECS = {"UNCOMPRESSED": 0, "SNAPPY": 1, "GZIP": 2, "BROTLI": 4, "ZSTD": 6, "LZ4_RAW": 7}


def write_batches(schema, batches, columns=None, **options):
    """The file's bytes. `columns` has a dict of ColumnOptions a leaf, `options` WriterOptions."""
    file = io.BytesIO()

    @WRITE
    def write(_self, data, size, _error):
        file.write(ctypes.string_at(data, size))
        return 0

    given = (ColumnOptions * len(columns))(*(ColumnOptions(**column) for column in columns)) if columns else None
    stream = ctypes.create_string_buffer(64)
    reader = pyarrow.RecordBatchReader.from_batches(schema, batches)
    reader._export_to_c(ctypes.addressof(stream))
    try:
        call("pqt_arrow_write_stream", ctypes.byref(Output(write)), stream, given,
             ctypes.byref(WriterOptions(**options)), None)
    finally:
        pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream)).close()
    return file.getvalue()


def write_table(table, columns=None, **options):
    return write_batches(table.schema, table.to_batches(), columns, **options)
