"""Keys of encrypted files, given to the library through pqt_decryption."""
import contextlib
import ctypes

import arrow_import
from arrow_import import PqtError, View

NOT_FOUND = arrow_import.STATUSES.index("NOT_FOUND")


class Key(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint8 * 32), ("size_bytes", ctypes.c_size_t)]


class NoteView(ctypes.Structure):
    """A pqt_view whose bytes may have zeroes in them."""
    _fields_ = [("data", ctypes.c_void_p), ("size_bytes", ctypes.c_size_t)]


FIND_KEY = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, NoteView,
                            ctypes.POINTER(Key), ctypes.POINTER(PqtError))


class Decryption(ctypes.Structure):
    _fields_ = [("find_key", FIND_KEY), ("self", ctypes.c_void_p), ("aad_prefix", View),
                ("refuse_ctr", ctypes.c_bool)]


@contextlib.contextmanager
def opened(path, find, aad_prefix=b""):
    """A pqt_reader. `find(column or None, key metadata or None)` gives a key, or None."""
    def find_key(_self, column, metadata, out, _error):
        note = ctypes.string_at(metadata.data, metadata.size_bytes) if metadata.data else None
        key = find(column and column.decode(), note)
        if not key:
            return NOT_FOUND
        out[0].bytes[:len(key)] = key
        out[0].size_bytes = len(key)
        return 0

    decryption = Decryption(FIND_KEY(find_key), None, View(aad_prefix or None, len(aad_prefix)))
    with arrow_import.opened(path, decryption=ctypes.addressof(decryption)) as reader:
        yield reader


def read_table(path, find, aad_prefix=b"", **options):
    with opened(path, find, aad_prefix) as reader, \
            arrow_import.batches(reader, **options) as rows:
        return rows.read_all()


class Values(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("row_count", ctypes.c_int64),
                ("slot_count", ctypes.c_int64), ("null_count", ctypes.c_int64),
                ("validity", ctypes.c_void_p), ("booleans", ctypes.c_void_p),
                ("int32s", ctypes.c_void_p), ("int64s", ctypes.POINTER(ctypes.c_int64)),
                ("others", ctypes.c_void_p * 6)]


def read_int64s(reader, row_group, column, first, count):
    values = Values()
    try:
        arrow_import.call("pqt_reader_read", reader, row_group, column, ctypes.c_int64(first),
                          ctypes.c_int64(count), ctypes.byref(values))
        return values.int64s[:count]
    finally:
        arrow_import.library().pqt_values_free(ctypes.byref(values))


def bloom_check(reader, row_group, column, plain):
    may_contain = ctypes.c_bool()
    arrow_import.call("pqt_reader_bloom_check", reader, row_group, column,
                      View(plain, len(plain)), ctypes.byref(may_contain))
    return may_contain.value
