"""Random Arrow tables of every type that Parquet can hold, in every layout that Arrow has for
them: slices, null lists that are not empty, list views in any order, dictionaries with nulls.

random_table makes one from a random.Random; canonical makes of any Arrow array the Python values
that are the same for all types that mean the same, so that what readers give can be compared.
"""
import bisect
import decimal
import itertools

import numpy
import pyarrow as pa
import pyarrow.compute as pc

# --- Values of leaves: a function of (random, count) each

EXTREMES_CHANCE = 0.3


def integers(low, high):
    def make(r, count):
        style = r.random()
        if style < EXTREMES_CHANCE:
            return [r.choice((low, high, 0, 1, max(low, -1), high // 2)) for _ in range(count)]
        if style < 0.5:
            return [r.randint(low, high) for _ in range(count)]
        start, step = r.randint(low // 2, high // 2), r.choice((0, 0, 1, 3))
        if style < 0.75:
            return [min(high, start + i * step) for i in range(count)]
        few = [r.randint(low, high) for _ in range(r.randint(1, 5))]
        return sorted(r.choice(few) for _ in range(count))
    return make


def floats(r, count):
    style = r.random()
    if style < 0.4:
        return [r.choice((0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 65504.0,
                          -1e30, 5e-324)) for _ in range(count)]
    if style < 0.7:
        return [round(r.random() * 100, 2) for _ in range(count)]
    return [r.gauss(0, 10) for _ in range(count)]


def halves(r, count):
    with numpy.errstate(over="ignore"):
        return [numpy.float16(value) for value in floats(r, count)]


def booleans(r, count):
    share = r.choice((0, 0.01, 0.5, 1))
    return [r.random() < share for _ in range(count)]


def one_text(r):
    kind = r.random()
    if kind < 0.2:
        return ""
    if kind < 0.9:
        return "".join(r.choice("abcé𝄞/ ") for _ in range(r.randint(1, 20)))
    return r.choice("xyß") * r.randint(100, 400)


def texts(r, count):
    if r.random() < 0.02 and count:
        return ["m" * r.choice((2**20, 2**20 - 1))] + [one_text(r) for _ in range(count - 1)]
    if r.random() < 0.3:
        few = [one_text(r) for _ in range(r.randint(1, 6))]
        return [r.choice(few) for _ in range(count)]
    if r.random() < 0.3:
        return sorted(f"/path/to/{r.randint(0, 99)}/" + one_text(r) for _ in range(count))
    return [one_text(r) for _ in range(count)]


def blobs(r, count):
    return [value.encode()[:r.randint(0, 300)] + bytes(r.randrange(256) for _ in range(r.randint(0, 5)))
            for value in texts(r, count)]


def fixed(width):
    def make(r, count):
        few = [r.randbytes(width) for _ in range(3)] + [bytes(width), b"\xff" * width]
        return [r.choice(few) if r.random() < 0.5 else r.randbytes(width) for _ in range(count)]
    return make


def decimals(precision, scale):
    context = decimal.Context(prec=80)
    numbers = integers(1 - 10**precision, 10**precision - 1)
    return lambda r, count: [context.scaleb(decimal.Decimal(number), -scale)
                             for number in numbers(r, count)]


def documents(r, count):
    return [r.choice(('{"a": 1}', "[]", "null", '"é"', '{"b": {"c": [1, 2.5]}}')) for _ in range(count)]


def whole_days(r, count):
    return [day * 86_400_000 for day in integers(-100_000, 100_000)(r, count)]


INT8, INT16 = (-2**7, 2**7 - 1), (-2**15, 2**15 - 1)
INT32, INT64 = (-2**31, 2**31 - 1), (-2**63, 2**63 - 1)
DAY_S = 86_400
# Within years 1 to 9999: beyond them not every reader has dates.
YEARS_US = (-62_135_596_800_000_000, 253_402_300_799_999_999)
YEARS_NS = (-9_000_000_000_000_000_000, 9_000_000_000_000_000_000)


def within_years(divisor):
    return integers(YEARS_US[0] // divisor + 1, YEARS_US[1] // divisor)


LEAVES = {
    "null": (pa.null(), lambda r, count: [None] * count),
    "bool": (pa.bool_(), booleans),
    "int8": (pa.int8(), integers(*INT8)),
    "int16": (pa.int16(), integers(*INT16)),
    "int32": (pa.int32(), integers(*INT32)),
    "int64": (pa.int64(), integers(*INT64)),
    "uint8": (pa.uint8(), integers(0, 2**8 - 1)),
    "uint16": (pa.uint16(), integers(0, 2**16 - 1)),
    "uint32": (pa.uint32(), integers(0, 2**32 - 1)),
    "uint64": (pa.uint64(), integers(0, 2**64 - 1)),
    "float16": (pa.float16(), halves),
    "float32": (pa.float32(), floats),
    "float64": (pa.float64(), floats),
    "decimal32": (pa.decimal32(7, 3), decimals(7, 3)),
    "decimal64": (pa.decimal64(18, 0), decimals(18, 0)),
    "decimal128 of 5": (pa.decimal128(5, 2), decimals(5, 2)),
    "decimal128 of 18": (pa.decimal128(18, 18), decimals(18, 18)),
    "decimal128 of 20": (pa.decimal128(20, 10), decimals(20, 10)),
    "decimal128 of 38": (pa.decimal128(38, 7), decimals(38, 7)),
    "decimal256 of 9": (pa.decimal256(9, 0), decimals(9, 0)),
    "decimal256 of 39": (pa.decimal256(39, 3), decimals(39, 3)),
    "decimal256 of 76": (pa.decimal256(76, 0), decimals(76, 0)),
    "date32": (pa.date32(), within_years(DAY_S * 10**6)),
    "date64": (pa.date64(), whole_days),
    "time32 s": (pa.time32("s"), integers(0, DAY_S - 1)),
    "time32 ms": (pa.time32("ms"), integers(0, DAY_S * 10**3 - 1)),
    "time64 us": (pa.time64("us"), integers(0, DAY_S * 10**6 - 1)),
    "time64 ns": (pa.time64("ns"), integers(0, DAY_S * 10**9 - 1)),
    "timestamp s": (pa.timestamp("s"), within_years(10**6)),
    "timestamp ms": (pa.timestamp("ms"), within_years(10**3)),
    "timestamp us": (pa.timestamp("us"), within_years(1)),
    "timestamp ns": (pa.timestamp("ns"), integers(*YEARS_NS)),
    "timestamp s in UTC": (pa.timestamp("s", "UTC"), within_years(10**6)),
    "timestamp us in a zone": (pa.timestamp("us", "Europe/Rome"), within_years(1)),
    "timestamp ns in UTC": (pa.timestamp("ns", "UTC"), integers(*YEARS_NS)),
    "duration": (pa.duration("ms"), integers(*INT64)),
    "string": (pa.string(), texts),
    "large string": (pa.large_string(), texts),
    "string view": (pa.string_view(), texts),
    "binary": (pa.binary(), blobs),
    "large binary": (pa.large_binary(), blobs),
    "binary view": (pa.binary_view(), blobs),
    "fixed binary": (pa.binary(5), fixed(5)),
    "uuid": (pa.uuid(), fixed(16)),
    "json": (pa.json_(pa.string()), documents),
}

# --- Types

LISTS = [pa.list_, pa.large_list, pa.list_view, pa.large_list_view]
INDEXES = [pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]


def random_leaf(r, names=None):
    return LEAVES[r.choice(names or list(LEAVES))][0]


def nullable(r, type_):
    return pa.types.is_null(type_) or r.random() < 0.7


def random_field(r, name, depth):
    type_ = random_type(r, depth)
    return pa.field(name, type_, nullable(r, type_))


def random_type(r, depth):
    kind = r.choice(("leaf", "list", "fixed list", "struct", "map", "dictionary", "runs")) if depth else "leaf"
    if kind == "list":
        return r.choice(LISTS)(random_field(r, r.choice(("item", "element", "x")), depth - 1))
    if kind == "fixed list":
        return pa.list_(random_field(r, "item", depth - 1), r.choice((0, 1, 2, 5)))
    if kind == "struct":
        return pa.struct([random_field(r, f"f{i}", depth - 1) for i in range(r.randint(1, 3))])
    if kind == "map":
        return pa.map_(random_leaf(r, ["string", "int32", "binary", "date32"]), random_field(r, "value", depth - 1))
    if kind == "dictionary":
        return pa.dictionary(r.choice(INDEXES), random_leaf(r, DICTIONARY_LEAVES))
    if kind == "runs":
        return pa.run_end_encoded(r.choice(INDEXES[2::2]), random_leaf(r, RUN_LEAVES))
    return random_leaf(r)


# pyarrow makes no dictionaries and runs of the others.
RUN_LEAVES = [name for name in LEAVES if name not in ("null", "uuid", "json")]
DICTIONARY_LEAVES = [name for name in RUN_LEAVES if "view" not in name]

# --- Arrays of `count` slots, as a slice of a longer one as often as not


def random_bits(r, count, can_be_null):
    """A bitmap and what is in it; None where nothing is null."""
    share = r.choice((0, 0.2, 0.2, 0.5, 1)) if can_be_null else 0
    valid = [r.random() >= share for _ in range(count)]
    if all(valid) and r.random() < 0.5:
        return None, valid
    return pa.py_buffer(numpy.packbits(numpy.array(valid, bool), bitorder="little").tobytes()), valid


def around(r):
    """Slots before and behind a slice."""
    return r.choice((0, 0, 1, 3, 9)), r.choice((0, 0, 2))


def leaf_array(r, type_, count, can_be_null):
    before, behind = around(r)
    make = next(make for leaf, make in LEAVES.values() if leaf.equals(type_))
    values = make(r, before + count + behind)
    if can_be_null:
        share = r.choice((0, 0.1, 0.5, 1))
        values = [None if r.random() < share else value for value in values]
    storage = type_.storage_type if isinstance(type_, pa.BaseExtensionType) else type_
    array = pa.array(values, storage)
    if storage is not type_:
        array = pa.ExtensionArray.from_storage(type_, array)
    return array.slice(before, count)


def list_lengths(r, count):
    most = r.choice((0, 1, 3, 7))
    return [r.randint(0, most) for _ in range(count)]


def list_array(r, type_, count, can_be_null):
    before, behind = around(r)
    total = before + count + behind
    bits, _ = random_bits(r, total, can_be_null)
    lengths = list_lengths(r, total)
    start = r.choice((0, 0, 2))
    offsets = list(itertools.accumulate(lengths, initial=start))
    if pa.types.is_map(type_):
        child = entries_array(r, type_, start, lengths, offsets[-1] + r.choice((0, 1)))
    else:
        child = random_array(r, type_.value_field, offsets[-1] + r.choice((0, 1)))
    width = numpy.int64 if pa.types.is_large_list(type_) else numpy.int32
    buffers = [bits, pa.py_buffer(numpy.array(offsets, width).tobytes())]
    return pa.Array.from_buffers(type_, count, buffers, offset=before, children=[child])


def entries_array(r, type_, start, lengths, count):
    """The pairs of maps: no key is in a map twice."""
    numbers = [0] * start + [number for length in lengths for number in range(length)]
    numbers += [0] * (count - len(numbers))
    key = type_.key_type
    texts_of_key = {pa.string(): lambda n: f"k{n}", pa.binary(): lambda n: b"%d" % n}
    keys = pa.array([texts_of_key.get(key, int)(n) for n in numbers], key)
    entries = pa.struct([type_.key_field, type_.item_field])
    items = random_array(r, type_.item_field, count)
    return pa.Array.from_buffers(entries, count, [None], children=[keys, items])


def view_array(r, type_, count, can_be_null):
    """Lists in any order, some of them the same elements."""
    child_count = r.choice((0, 5, 5 + count))
    child = random_array(r, type_.value_field, child_count)
    starts, sizes = [], []
    for _ in range(count):
        starts.append(r.randint(0, child_count))
        sizes.append(min(r.choice((0, 1, 3)), child_count - starts[-1]))
    bits, valid = random_bits(r, count, can_be_null)
    mask = pa.array([not bit for bit in valid]) if bits and count else None
    width = pa.int64() if pa.types.is_large_list_view(type_) else pa.int32()
    cls = pa.LargeListViewArray if pa.types.is_large_list_view(type_) else pa.ListViewArray
    return cls.from_arrays(pa.array(starts, width), pa.array(sizes, width), child, type=type_, mask=mask)


def fixed_list_array(r, type_, count, can_be_null):
    before, behind = around(r)
    total = before + count + behind
    bits, _ = random_bits(r, total, can_be_null)
    child = random_array(r, type_.value_field, total * type_.list_size)
    return pa.Array.from_buffers(type_, count, [bits], offset=before, children=[child])


def struct_array(r, type_, count, can_be_null):
    before, behind = around(r)
    total = before + count + behind
    bits, _ = random_bits(r, total, can_be_null)
    children = [random_array(r, field, total) for field in type_]
    return pa.Array.from_buffers(type_, count, [bits], offset=before, children=children)


def dictionary_array(r, type_, count, can_be_null):
    before, behind = around(r)
    total = before + count + behind
    values = leaf_array(r, type_.value_type, r.randint(1, 20), can_be_null)
    indexes = [r.randrange(len(values)) if not can_be_null or r.random() < 0.8 else None for _ in range(total)]
    array = pa.DictionaryArray.from_arrays(pa.array(indexes, type_.index_type), values)
    return array.slice(before, count)


def runs_array(r, type_, count, can_be_null):
    before, behind = around(r)
    lengths = []
    while sum(lengths) < before + count + behind:
        lengths.append(r.choice((1, 2, 50)))
    values = leaf_array(r, type_.value_type, len(lengths), can_be_null)
    ends = pa.array(list(itertools.accumulate(lengths)), type_.run_end_type)
    return pa.RunEndEncodedArray.from_arrays(ends, values, type_).slice(before, count)


def random_array(r, field, count):
    type_ = field.type
    for is_kind, make in ((pa.types.is_map, list_array), (pa.types.is_list, list_array),
                          (pa.types.is_large_list, list_array), (pa.types.is_list_view, view_array),
                          (pa.types.is_large_list_view, view_array),
                          (pa.types.is_fixed_size_list, fixed_list_array),
                          (pa.types.is_struct, struct_array), (pa.types.is_dictionary, dictionary_array),
                          (pa.types.is_run_end_encoded, runs_array)):
        if is_kind(type_):
            return make(r, type_, count, field.nullable)
    return leaf_array(r, type_, count, field.nullable)


def random_table(r, depth=5, most_rows=300):
    fields = [random_field(r, f"c{i}", r.choice((0, 0, 1, 2, depth))) for i in range(r.randint(1, 5))]
    rows = r.choice((0, 1, 2, 10, 50, most_rows))
    return pa.table([random_array(r, field, rows) for field in fields], schema=pa.schema(fields))


def long_table(r, rows):
    """Flat columns that are made quickly."""
    numbers = numpy.random.default_rng(r.randrange(2**32))
    columns = {
        "serial": pa.array(numpy.arange(rows)),
        "few": pa.array(numbers.integers(0, 50, rows, numpy.int32)),
        "wide": pa.array(numbers.integers(*INT64, rows)),
        "real": pa.array(numbers.normal(size=rows)),
        "text": pa.array([f"/page/{i}" for i in range(1000)]).take(pa.array(numbers.integers(0, 1000, rows))),
        "maybe": pa.array(numbers.integers(0, 9, rows), mask=numbers.random(rows) < 0.1),
        "flag": pa.array(numbers.random(rows) < 0.01),
    }
    return pa.table(columns)


# --- What a table's types are in Parquet, read without a stored Arrow schema


def written_field(field, name=None):
    return pa.field(name or field.name, written_type(field.type), field.nullable)


def written_type(type_):
    t = pa.types
    if t.is_map(type_):
        return pa.map_(written_type(type_.key_type), written_field(type_.item_field, "value"))
    if any(is_list(type_) for is_list in (t.is_list, t.is_large_list, t.is_list_view,
                                          t.is_large_list_view, t.is_fixed_size_list)):
        return pa.list_(written_field(type_.value_field, "element"))
    if t.is_struct(type_):
        return pa.struct([written_field(field) for field in type_])
    if t.is_dictionary(type_) or t.is_run_end_encoded(type_):
        return written_type(type_.value_type)
    if t.is_decimal(type_):
        return (pa.decimal128 if type_.precision <= 38 else pa.decimal256)(type_.precision, type_.scale)
    if t.is_timestamp(type_):
        return pa.timestamp("ms" if type_.unit == "s" else type_.unit, "UTC" if type_.tz else None)
    for is_kind, written in ((t.is_duration, pa.int64()), (t.is_date64, pa.date32()),
                             (t.is_time32, pa.time32("ms")), (t.is_large_string, pa.string()),
                             (t.is_string_view, pa.string()), (t.is_large_binary, pa.binary()),
                             (t.is_binary_view, pa.binary())):
        if is_kind(type_):
            return written
    return type_


def written_schema(schema):
    return pa.schema([written_field(field) for field in schema])


# --- Values that can be compared

UNITS_NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def numbers_of(array, type_):
    return array.view(type_).to_pylist()


def float_bits(array):
    """The bits, of which NaN has but one form."""
    width = array.type.bit_width
    values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False) if array.null_count else \
        array.to_numpy(zero_copy_only=False)
    bits = numpy.where(numpy.isnan(values), numpy.array(numpy.nan, values.dtype), values) \
        .astype(values.dtype).view(f"u{width // 8}").tolist()
    return [bit if valid else None for bit, valid in zip(bits, array.is_valid().to_pylist())]


def half_bits(array):
    """As those of the same number in 32 bits."""
    halves_ = numpy.array(array.view(pa.uint16()).fill_null(0), numpy.uint16).view(numpy.float16)
    valid = None if array.null_count == 0 else ~numpy.array(array.is_valid(), bool)
    return float_bits(pa.array(halves_.astype(numpy.float32), mask=valid))


def scaled(values, factor):
    return [None if value is None else value * factor for value in values]


def list_values(array, altered):
    type_ = array.type
    if pa.types.is_fixed_size_list(type_):
        size = type_.list_size
        values = canonical(array.values, altered)
        ranges = [((array.offset + i) * size, (array.offset + i + 1) * size) for i in range(len(array))]
    elif pa.types.is_list_view(type_) or pa.types.is_large_list_view(type_):
        values = canonical(array.values, altered)
        ranges = [(start, start + size) for start, size in zip(array.offsets.to_pylist(), array.sizes.to_pylist())]
    else:
        offsets = array.offsets.to_pylist() if len(array) else [0]
        ranges = list(itertools.pairwise(offsets))
        if pa.types.is_map(type_):
            values = list(zip(canonical(array.keys, altered), canonical(array.items, altered)))
        else:
            values = canonical(array.values, altered)
    return [values[first:end] if valid else None
            for (first, end), valid in zip(ranges, array.is_valid().to_pylist())]


def run_values(array, altered):
    ends, values = array.run_ends.to_pylist(), canonical(array.values, altered)
    return [values[bisect.bisect_right(ends, array.offset + i)] for i in range(len(array))]


def struct_values(array, altered):
    fields = [canonical(array.field(i), altered) for i in range(array.type.num_fields)]
    rows = zip(*fields) if fields else [()] * len(array)
    return [row if valid else None for row, valid in zip(rows, array.is_valid().to_pylist())]


def time_values(array):
    width = pa.int32() if array.type.bit_width == 32 else pa.int64()
    return scaled(numbers_of(array, width), UNITS_NS[array.type.unit])


def extension_values(array, altered):
    values = canonical(array.storage, altered)
    alter = altered.get(array.type.extension_name)
    return [None if value is None else alter(value) for value in values] if alter else values


def canonical(array, altered={}):
    """Python values of an array: the same for the same values in any type that holds them.
    `altered` has, by the name of an extension type, what a reader makes of its values."""
    t, type_ = pa.types, array.type
    if isinstance(array, pa.ChunkedArray):
        return list(itertools.chain.from_iterable(canonical(chunk, altered) for chunk in array.chunks))
    if isinstance(type_, pa.BaseExtensionType):
        return extension_values(array, altered)
    if t.is_dictionary(type_):
        values = canonical(array.dictionary, altered)
        return [None if i is None else values[i] for i in array.indices.to_pylist()]
    if t.is_run_end_encoded(type_):
        return run_values(array, altered)
    if t.is_nested(type_):
        return (struct_values if t.is_struct(type_) else list_values)(array, altered)
    if t.is_float16(type_):
        return half_bits(array)
    if t.is_floating(type_):
        return float_bits(array)
    if t.is_date32(type_):
        return numbers_of(array, pa.int32())
    if t.is_date64(type_):
        return [None if value is None else value // 86_400_000 for value in numbers_of(array, pa.int64())]
    if t.is_duration(type_):
        return numbers_of(array, pa.int64())
    if t.is_time(type_) or t.is_timestamp(type_):
        return time_values(array)
    return array.to_pylist()


def contains(type_, is_kind):
    """Whether a type is of that kind, or has one of it inside."""
    if is_kind(type_):
        return True
    if isinstance(type_, pa.BaseExtensionType):
        return contains(type_.storage_type, is_kind)
    if pa.types.is_dictionary(type_) or pa.types.is_run_end_encoded(type_):
        return contains(type_.value_type, is_kind)
    if not pa.types.is_nested(type_):
        return False
    return any(contains(type_.field(i).type, is_kind) for i in range(type_.num_fields))


def first_difference(found, expected, altered={}):
    """Where two tables differ, or None: by the columns that were found."""
    if found.num_rows != expected.num_rows:
        return f"{found.num_rows} rows, not {expected.num_rows}"
    for name in found.schema.names:
        ours, theirs = canonical(found[name]), canonical(expected[name], altered)
        if ours != theirs:
            row = next(i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1])
            return (f"column {name} ({expected[name].type}), row {row}: {str(ours[row])[:300]}, not"
                    f" {str(theirs[row])[:300]}")
    return None


# --- How a table is written

LEAF_ENCODINGS = {
    "BOOLEAN": ["PLAIN", "RLE"],
    "INT32": ["PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "INT64": ["PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "FLOAT": ["PLAIN", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"],
    "DOUBLE": ["PLAIN", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"],
    "BYTE_ARRAY": ["PLAIN", "RLE_DICTIONARY", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "FIXED_LEN_BYTE_ARRAY": ["PLAIN", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"],
}


def parquet_leaves(type_):
    """Parquet's types of a type's leaves, in order, as the library writes them."""
    t = pa.types
    if isinstance(type_, pa.BaseExtensionType):
        return parquet_leaves(type_.storage_type)
    if t.is_dictionary(type_) or t.is_run_end_encoded(type_):
        return parquet_leaves(type_.value_type)
    if t.is_map(type_):
        return parquet_leaves(type_.key_type) + parquet_leaves(type_.item_type)
    if t.is_nested(type_):
        return [leaf for i in range(type_.num_fields) for leaf in parquet_leaves(type_.field(i).type)]
    if t.is_decimal(type_):
        return ["INT32" if type_.precision <= 9 else "INT64" if type_.precision <= 18 else "FIXED_LEN_BYTE_ARRAY"]
    if t.is_fixed_size_binary(type_) or t.is_float16(type_):
        return ["FIXED_LEN_BYTE_ARRAY"]
    for is_kind, leaf in ((t.is_boolean, "BOOLEAN"), (t.is_float32, "FLOAT"), (t.is_float64, "DOUBLE"),
                          (t.is_null, "INT32"), (t.is_date, "INT32"), (t.is_time32, "INT32")):
        if is_kind(type_):
            return [leaf]
    if t.is_integer(type_):
        return ["INT64" if type_.bit_width == 64 else "INT32"]
    return ["INT64" if t.is_temporal(type_) else "BYTE_ARRAY"]
