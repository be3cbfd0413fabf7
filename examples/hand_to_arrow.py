"""Reads a file with libpqt into a pyarrow table: hand_to_arrow.py LIBPQT.so FILE"""
import ctypes
import sys

import pyarrow


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 512)]


def read_table(library, path):
    reader, error = ctypes.c_void_p(), Error()
    stream = ctypes.create_string_buffer(5 * ctypes.sizeof(ctypes.c_void_p))
    address = ctypes.addressof(stream)
    if library.pqt_reader_open_file(path.encode(), None, ctypes.byref(reader),
                                    ctypes.byref(error)):
        raise OSError(error.message.decode())
    try:
        if library.pqt_arrow_stream(reader, None, ctypes.c_void_p(address),
                                    ctypes.byref(error)):
            raise OSError(error.message.decode())
        with pyarrow.RecordBatchReader._import_from_c(address) as batches:
            return batches.read_all()  # no copy: the arrays are libpqt's memory
    finally:
        library.pqt_reader_close(reader)


if __name__ == "__main__":
    print(read_table(ctypes.CDLL(sys.argv[1]), sys.argv[2]))
