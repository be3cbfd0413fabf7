"""The library's Arrow streams, imported by pyarrow through the C data interface."""
import ctypes
import os
import pathlib

import pyarrow


class PqtError(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 512)]


class Options(ctypes.Structure):
    _fields_ = [("columns", ctypes.POINTER(ctypes.c_char_p)), ("column_count", ctypes.c_int32),
                ("batch_rows", ctypes.c_int64)]


class Failure(Exception):
    pass


def library():
    """The one that PQA_LIBRARY names, or that of the build whose program is tested."""
    build = pathlib.Path(os.environ["PQA_BIN"]).resolve().parents[2]
    return ctypes.CDLL(os.environ.get("PQA_LIBRARY", str(build / "libpqa.so")))


def read_table(path, batch_rows=0, columns=None):
    """The file as a pyarrow.Table."""
    lib, error, reader = library(), PqtError(), ctypes.c_void_p()

    def call(function, *arguments):
        if function(*arguments, ctypes.byref(error)):
            raise Failure(error.message.decode(errors="replace"))

    call(lib.pqt_reader_open_file, os.fsencode(path), None, ctypes.byref(reader))
    names = [name.encode() for name in columns or []]
    options = Options((ctypes.c_char_p * max(len(names), 1))(*names) if columns else None,
                      len(names), batch_rows)
    stream = ctypes.create_string_buffer(64)
    try:
        call(lib.pqt_arrow_stream, reader, ctypes.byref(options), stream)
        imported = pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream))
        return imported.read_all()
    finally:
        lib.pqt_reader_close(reader)
