"""The library through ctypes: Arrow streams imported by pyarrow, and what it refuses."""
import contextlib
import ctypes
import functools
import os
import pathlib

import pyarrow

STATUSES = ("OK INVALID NOMEM IO NOT_FOUND DENIED CORRUPT UNSUPPORTED LIMIT CONFLICT TIMEOUT "
            "BUSY CANCELLED INTERNAL").split()


class PqtError(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 512)]


class View(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size_bytes", ctypes.c_size_t)]


class ReaderOptions(ctypes.Structure):
    """pqt_reader_options."""
    _fields_ = [("allocator", ctypes.c_void_p), ("tail_bytes", ctypes.c_size_t),
                ("footer_limit_bytes", ctypes.c_size_t), ("page_limit_bytes", ctypes.c_size_t),
                ("gap_bytes", ctypes.c_size_t), ("skip_checksums", ctypes.c_bool),
                ("decryption", ctypes.c_void_p)]


class ScanOptions(ctypes.Structure):
    _fields_ = [("columns", ctypes.c_void_p), ("column_count", ctypes.c_int32),
                ("predicates", ctypes.c_void_p), ("predicate_count", ctypes.c_int32),
                ("first_row", ctypes.c_int64), ("row_count", ctypes.c_int64),
                ("batch_rows", ctypes.c_int64), ("threads", ctypes.c_int),
                ("no_pruning", ctypes.c_bool)]


class Options(ctypes.Structure):
    """pqt_arrow_options."""
    _fields_ = [("columns", ctypes.POINTER(ctypes.c_char_p)), ("column_count", ctypes.c_int32),
                ("scan", ctypes.POINTER(ScanOptions)), ("large_types", ctypes.c_bool),
                ("string_views", ctypes.c_bool), ("unchecked_utf8", ctypes.c_bool)]


class VerifiedFile(ctypes.Structure):
    _fields_ = [("row_count", ctypes.c_int64), ("value_count", ctypes.c_int64)]


class Failure(Exception):
    """`status` is the name without PQT_; text is the message."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


@functools.cache
def library():
    """The one that PQA_LIBRARY names, or that of the build whose program is tested."""
    build = pathlib.Path(os.environ["PQA_BIN"]).resolve().parents[2]
    return ctypes.CDLL(os.environ.get("PQA_LIBRARY", str(build / "libpqa.so")))


def call(name, *arguments):
    """A function of the library whose last argument is the error."""
    error = PqtError()
    if getattr(library(), name)(*arguments, ctypes.byref(error)):
        raise Failure(STATUSES[error.status], error.message.decode(errors="replace"))


@contextlib.contextmanager
def opened(source, **options):
    """A pqt_reader of a path, or of a file's bytes; `options` are pqt_reader_options."""
    reader, filled = ctypes.c_void_p(), ReaderOptions(**options)
    if isinstance(source, bytes):
        call("pqt_reader_open_memory", View(source, len(source)), ctypes.byref(filled),
             ctypes.byref(reader))
    else:
        call("pqt_reader_open_file", os.fsencode(source), ctypes.byref(filled),
             ctypes.byref(reader))
    try:
        yield reader
    finally:
        library().pqt_reader_close(reader)


def batches(reader, batch_rows=0, columns=None, style=(), threads=0):
    """A pyarrow.RecordBatchReader of the rows; `style`: large_types, string_views."""
    names = [name.encode() for name in columns or []]
    rows = ScanOptions(batch_rows=batch_rows, threads=threads)
    options = Options((ctypes.c_char_p * max(len(names), 1))(*names) if columns else None,
                      len(names), ctypes.pointer(rows), "large_types" in style,
                      "string_views" in style)
    stream = ctypes.create_string_buffer(64)
    call("pqt_arrow_stream", reader, ctypes.byref(options), stream)
    return pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream))


def read_table(source, batch_rows=0, columns=None, style=(), threads=0, **options):
    """The file as a pyarrow.Table."""
    with opened(source, **options) as reader, \
            batches(reader, batch_rows, columns, style, threads) as rows:
        return rows.read_all()


def verify(source, **options):
    """Decodes all of the file, page indexes loaded; how many rows it has."""
    verified = VerifiedFile()
    with opened(source, **options) as reader:
        call("pqt_reader_load_page_indexes", reader, None, 0)
        call("pqt_verify_file", reader, ctypes.byref(verified))
    return verified.row_count


def bloom_check(source, plain, column=0):
    """Whether the first row group's filter lets the value through."""
    may_contain = ctypes.c_bool()
    with opened(source) as reader:
        call("pqt_reader_bloom_check", reader, 0, column, View(plain, len(plain)),
             ctypes.byref(may_contain))
    return may_contain.value
