"""Encrypted files: of the public corpus, and of pyarrow, read by the library."""
import base64
import ctypes
import ctypes.util
import datetime
import itertools
import json
import os
import pathlib
import random
import struct
import subprocess

import arrow_import
import encryption_keys
import pyarrow
import pyarrow.parquet
import pyarrow.parquet.encryption as pme
import pytest

TOOL = pathlib.Path(os.environ["PQA_BIN"]).parents[2] / "tests/tools/write_encrypted"
CORPUS = pathlib.Path(os.environ.get("PARQUET_TEST_DATA", "../shared/parquet-testing")) / "data"
FOOTER = b"0123456789012345"
KEYS = {None: FOOTER, "double_field": b"1234567890123450", "float_field": b"1234567890123451"}
# The keys of data/aes256 are those, as long as they get, with a last digit of their own.
WIDE_KEYS = {None: b"0123456789" * 3 + b"01"} | {
    column: b"1234567890" * 3 + b"1%d" % digit for column, digit in {
        "double_field": 2, "float_field": 3, "boolean_field": 4, "int32_field": 5,
        "ba_field": 6, "flba_field": 7, "int64_field.list.element": 8,
        "int96_field": 9}.items()}
FAILURES = (arrow_import.Failure, OSError)  # of opening; of a stream
corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the public Parquet corpus is not there")


def prefix_of(path):
    return b"tester" if "disable_aad_storage" in path.name else b""


def keys_of(path):
    keys = WIDE_KEYS if path.parent.name == "aes256" else KEYS
    return lambda column, _note: keys.get(column)


# --- The corpus

def expected_rows():
    """As the writers' tests make them; uniform_encryption, which pyarrow reads, agrees."""
    properties = pme.create_decryption_properties(FOOTER)
    path = CORPUS / "uniform_encryption.parquet.encrypted"
    return pyarrow.parquet.read_table(path, decryption_properties=properties)


FIFTY = [path for path in sorted(CORPUS.glob("**/*.parquet.encrypted"))
         if "bloom" not in path.name and "external" not in path.name]


@corpus
@pytest.mark.parametrize("path", FIFTY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_public_file_has_the_rows_that_pyarrow_reads(path):
    table = encryption_keys.read_table(path, keys_of(path), prefix_of(path))
    table.validate(full=True)
    expected = expected_rows()
    assert table.num_rows == 50
    assert table.cast(expected.schema.remove_metadata()).equals(
        expected.replace_schema_metadata(None))


@corpus
def test_public_file_with_bloom_filters_is_read_and_they_know_their_values():
    path = CORPUS / "encrypt_columns_and_footer_bloom_filter.parquet.encrypted"
    table = encryption_keys.read_table(path, keys_of(path))
    assert table.to_pydict() == {
        "double_field": [n + 0.5 for n in range(2000)],
        "float_field": [n + 0.25 for n in range(2000)],
        "int32_field": list(range(2000)), "name": [f"name_{n}" for n in range(2000)]}
    doubles = table["double_field"].to_pylist()
    with encryption_keys.opened(path, keys_of(path)) as reader:
        def may_contain(value):
            return encryption_keys.bloom_check(reader, 0, 0, struct.pack("<d", value))
        assert all(map(may_contain, doubles))
        absent = sum(may_contain(-value) for value in doubles)
        assert absent < len(doubles) / 10


def unwrap(wrapped, key, aad):
    """AES-GCM by libcrypto: nonce, text and tag, as key tools wrap keys."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_aes_128_gcm.restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    nonce, text, tag = wrapped[:12], wrapped[12:-16], wrapped[-16:]
    out, size = ctypes.create_string_buffer(len(text)), ctypes.c_int()
    cipher = ctypes.c_void_p(crypto.EVP_aes_128_gcm())
    assert crypto.EVP_DecryptInit_ex(context, cipher, None, key, nonce)
    assert crypto.EVP_DecryptUpdate(context, None, ctypes.byref(size), aad, len(aad))
    assert crypto.EVP_DecryptUpdate(context, out, ctypes.byref(size), text, len(text))
    assert crypto.EVP_CIPHER_CTX_ctrl(context, 0x11, 16, tag)
    assert crypto.EVP_DecryptFinal_ex(context, ctypes.create_string_buffer(16),
                                      ctypes.byref(size)) == 1
    crypto.EVP_CIPHER_CTX_free(context)
    return out.raw


@corpus
def test_public_file_of_parquet_java_with_external_key_material_is_read():
    name = "external_key_material_java.parquet.encrypted"
    store = json.loads((CORPUS / f"_KEY_MATERIAL_FOR_{name}.json").read_text())
    masters = {"kf": FOOTER, "kc1": KEYS["double_field"], "kc2": KEYS["float_field"]}

    def find(_column, note):
        material = json.loads(store[json.loads(note)["keyReference"]])
        master, decode = material["masterKeyID"], base64.b64decode
        wrapper = unwrap(decode(material["wrappedKEK"]), masters[master], master.encode())
        return unwrap(decode(material["wrappedDEK"]), wrapper,
                      decode(material["keyEncryptionKeyID"]))

    table = encryption_keys.read_table(CORPUS / name, find)
    theirs = pyarrow.parquet.read_table(
        CORPUS / name, decryption_properties=factory(masters, wrapped=True)
        .file_decryption_properties(pme.KmsConnectionConfig(), None, CORPUS / name))
    assert table.num_rows > 0 and table.cast(theirs.schema).equals(theirs)


class Kms(pme.KmsClient):
    """Wraps keys as they are; or, as parquet-java's test client, unwraps them by AES."""

    def __init__(self, masters, wrapped):
        super().__init__()
        self.masters, self.wrapped = masters, wrapped

    def wrap_key(self, key_bytes, master_key_identifier):
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key, master_key_identifier):
        key = base64.b64decode(wrapped_key)
        if self.wrapped:
            name = master_key_identifier
            key = unwrap(key, self.masters[name], name.encode())
        return key


def factory(masters=None, wrapped=False):
    return pme.CryptoFactory(lambda _config: Kms(masters, wrapped))


def find_by_note(_column, note):
    """The keys of files that `factory` has encrypted with internal key material."""
    return base64.b64decode(json.loads(note)["wrappedDEK"])


@corpus
@pytest.mark.parametrize("path", FIFTY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_without_its_keys_a_public_file_says_what_is_missing(path):
    plaintext = "plaintext_footer" in path.name
    part = "column .*: encrypted, and its key" if plaintext else "footer is encrypted.*decryption"
    with pytest.raises(FAILURES, match=part):
        arrow_import.read_table(path)
    if plaintext and path.parent.name != "aes256":
        columns = ["int32_field", "ba_field"]
        assert arrow_import.read_table(path, columns=columns).equals(
            encryption_keys.read_table(path, keys_of(path), columns=columns))


@corpus
def test_missing_column_key_denies_that_column_only():
    path = CORPUS / "encrypt_columns_and_footer.parquet.encrypted"
    find = lambda column, _note: FOOTER if column is None else None
    columns = ["boolean_field", "ba_field", "int64_field"]
    part = encryption_keys.read_table(path, find, columns=columns)
    assert part.equals(expected_rows().select(columns).cast(part.schema))
    with pytest.raises(FAILURES, match="column float_field.*not given"):
        encryption_keys.read_table(path, find)


@corpus
@pytest.mark.parametrize("keys, prefix, part", [
    ({None: FOOTER[::-1]}, b"", "footer.*wrong key or damaged"),
    ({None: FOOTER, "float_field": FOOTER}, b"", "column float_field.*wrong key"),
    ({None: FOOTER[:5]}, b"", "key of the footer.*5 bytes"),
    (KEYS, b"other", "AAD prefix is not the one expected"),
])
def test_wrong_keys_are_refused(keys, prefix, part):
    path = CORPUS / "encrypt_columns_and_footer_aad.parquet.encrypted"
    with pytest.raises(FAILURES, match=part):
        encryption_keys.read_table(path, lambda column, _note: keys.get(column), prefix)


@corpus
def test_prefix_that_is_not_stored_must_be_given():
    path = CORPUS / "encrypt_columns_and_footer_disable_aad_storage.parquet.encrypted"
    with pytest.raises(FAILURES, match="that it does not store"):
        encryption_keys.read_table(path, keys_of(path))
    with pytest.raises(FAILURES, match="wrong key or damaged"):
        encryption_keys.read_table(path, keys_of(path), b"testes")
    path = CORPUS / "encrypt_columns_and_footer.parquet.encrypted"
    with pytest.raises(FAILURES, match="encrypted without"):
        encryption_keys.read_table(path, keys_of(path), b"tester")


# --- Files of pyarrow

def make_table(rows, seed):
    r = random.Random(seed)
    maybe = lambda value: None if r.random() < 0.2 else value
    return pyarrow.table({
        "id": pyarrow.array(range(rows), pyarrow.int64()),
        "name": [maybe(f"name {r.randrange(50)}") for _ in range(rows)],
        "list": pyarrow.array([maybe([maybe(r.randrange(99)) for _ in range(r.randrange(4))])
                               for _ in range(rows)], pyarrow.list_(pyarrow.int32())),
        "when": [maybe(datetime.date(2024, 1, 1) + datetime.timedelta(r.randrange(99)))
                 for _ in range(rows)],
        "deep": pyarrow.array([maybe({"x": maybe(r.random()), "y": maybe(["a", None])})
                               for _ in range(rows)],
                              pyarrow.struct({"x": pyarrow.float64(),
                                              "y": pyarrow.list_(pyarrow.string())})),
    })


COLUMN_KEYS = {"one": ["id", "list.list.element"], "two": ["name", "deep.y.list.element"]}
MODES = list(itertools.product(["AES_GCM_V1", "AES_GCM_CTR_V1"], [False, True],
                               [None, COLUMN_KEYS], [128, 192, 256]))
LAYOUTS = [
    {"data_page_version": "1.0", "compression": "snappy"},
    {"data_page_version": "2.0", "compression": "zstd", "write_page_index": True},
    {"data_page_version": "2.0", "compression": "none", "use_dictionary": False},
    {"data_page_version": "1.0", "compression": "none", "write_page_checksum": True,
     "write_page_index": True},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("algorithm, plaintext, columns, bits", MODES)
def test_file_encrypted_by_pyarrow_is_read(tmp_path, algorithm, plaintext, columns, bits, layout):
    path, table = tmp_path / "file.parquet", make_table(900, bits)
    configuration = pme.EncryptionConfiguration(
        "foot", column_keys=columns, uniform_encryption=columns is None,
        encryption_algorithm=algorithm, plaintext_footer=plaintext, double_wrapping=False,
        internal_key_material=True, data_key_length_bits=bits)
    properties = factory().file_encryption_properties(pme.KmsConnectionConfig(), configuration)
    pyarrow.parquet.write_table(table, path, encryption_properties=properties,
                                row_group_size=400, data_page_size=500, write_batch_size=50,
                                store_schema=False, **layout)
    read = encryption_keys.read_table(path, find_by_note)
    assert read.cast(table.schema).equals(table)
    check_ranges(path, table)


def check_ranges(path, table):
    """Reading that begins in the middle of a chunk, by the page index."""
    r = random.Random(5)
    with encryption_keys.opened(path, find_by_note) as reader:
        arrow_import.call("pqt_reader_load_page_indexes", reader, None, 0)
        for _ in range(20):
            first = r.randrange(400)
            count = r.randrange(400 - first)
            group = r.randrange(2)
            ids = encryption_keys.read_int64s(reader, group, 0, first, count)
            assert ids == list(range(group * 400 + first, group * 400 + first + count))


@pytest.mark.parametrize("store_prefix", [True, False])
@pytest.mark.parametrize("plaintext", [True, False])
def test_file_of_pyarrow_with_an_aad_prefix_is_read(tmp_path, store_prefix, plaintext):
    path, table = tmp_path / "file.parquet", make_table(300, 7)
    properties = pme.create_encryption_properties(
        FOOTER, aad_prefix=b"the table", store_aad_prefix=store_prefix,
        plaintext_footer=plaintext)
    pyarrow.parquet.write_table(table, path, encryption_properties=properties)
    find = lambda _column, _note: FOOTER
    read = encryption_keys.read_table(path, find, b"the table")
    assert read.cast(table.schema).equals(table)
    with pytest.raises(FAILURES, match="AAD prefix|authentic"):
        encryption_keys.read_table(path, find, b"another")


# --- Our files, read by pyarrow

def write_ours(path, key_bytes, *words):
    subprocess.run([TOOL, path, str(key_bytes), *words], check=True)
    return path


class NamedKeys(pme.KmsClient):
    """Knows a key by its byte in hexadecimal."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def wrap_key(self, key_bytes, master_key_identifier):
        raise NotImplementedError

    def unwrap_key(self, wrapped_key, master_key_identifier):
        return bytes.fromhex(wrapped_key) * self.size


def read_theirs(path, properties):
    return pyarrow.parquet.read_table(path, decryption_properties=properties,
                                      page_checksum_verification=True)


@pytest.mark.parametrize("key_bytes", [16, 24, 32])
@pytest.mark.parametrize("words", [
    [word for word in words if word]
    for words in itertools.product(["", "columns"], ["", "plain-footer"], ["", "ctr"],
                                   ["", "v2"])], ids=" ".join)
def test_file_that_we_encrypt_is_read_by_pyarrow(tmp_path, words, key_bytes):
    plain = pyarrow.parquet.read_table(write_ours(tmp_path / "plain", 0))
    path = write_ours(tmp_path / "encrypted", key_bytes, *words)
    kms = pme.CryptoFactory(lambda _config: NamedKeys(key_bytes))
    properties = kms.file_decryption_properties(pme.KmsConnectionConfig())
    assert plain.num_rows > 0 and read_theirs(path, properties).equals(plain)
    ours = encryption_keys.read_table(
        path, lambda _column, note: bytes.fromhex(json.loads(note)["wrappedDEK"]) * key_bytes)
    assert ours.cast(plain.schema).equals(plain)


@pytest.mark.parametrize("words", [[], ["omit"], ["plain-footer"], ["omit", "plain-footer"]],
                         ids=" ".join)
def test_our_file_with_an_aad_prefix_is_read_by_pyarrow(tmp_path, words):
    plain = pyarrow.parquet.read_table(write_ours(tmp_path / "plain", 0))
    path = write_ours(tmp_path / "encrypted", 16, "prefix=part 7", *words)
    key = b"\xf0" * 16
    properties = pme.create_decryption_properties(key, aad_prefix=b"part 7")
    assert read_theirs(path, properties).equals(plain)
    with pytest.raises((OSError, pyarrow.ArrowInvalid)):
        read_theirs(path, pme.create_decryption_properties(key, aad_prefix=b"part 8"))


def test_our_plaintext_footer_is_read_by_pyarrow_without_keys(tmp_path):
    path = write_ours(tmp_path / "encrypted", 16, "plain-footer", "columns")
    metadata = pyarrow.parquet.read_metadata(path)
    assert metadata.num_rows == 60 and metadata.num_row_groups == 2
    assert metadata.schema.names == ["id", "name", "element", "other", "x"]
