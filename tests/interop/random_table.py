"""Random Arrow tables: nested types, nulls, empty lists, extreme numbers."""
import datetime
import decimal
import math
import string

import pyarrow as pa

LEAVES = [pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32(),
          pa.uint64(), pa.float32(), pa.float64(), pa.string(), pa.binary(), pa.binary(5),
          pa.date32(), pa.time32("ms"), pa.time64("us"), pa.timestamp("ms"),
          pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.decimal128(9, 2),
          pa.decimal128(38, 10)]


def random_type(random, depth):
    kind = random.choice(["leaf", "list", "struct", "map"]) if depth > 0 else "leaf"
    if kind == "list":
        return pa.list_(random_type(random, depth - 1))
    if kind == "struct":
        return pa.struct([pa.field(f"f{i}", random_type(random, depth - 1),
                                   nullable=random.random() < 0.8)
                          for i in range(random.randint(1, 3))])
    if kind == "map":
        return pa.map_(random.choice([pa.string(), pa.int32()]), random_type(random, depth - 1))
    return random.choice(LEAVES)


def random_integer(random, kind):
    low = 0 if pa.types.is_unsigned_integer(kind) else -(1 << (kind.bit_width - 1))
    high = low + (1 << kind.bit_width) - 1
    return random.choice([low, high, 0, random.randint(low, high), random.randint(0, 9)])


def random_leaf(random, kind):
    if pa.types.is_boolean(kind):
        return random.random() < 0.5
    if pa.types.is_integer(kind):
        return random_integer(random, kind)
    if pa.types.is_floating(kind):
        return random.choice([0.0, -0.0, math.inf, -math.inf, math.nan, 1.5,
                              float(random.randint(-99, 99))])
    if pa.types.is_string(kind):
        return "".join(random.choices(string.ascii_letters + "é,\"\n", k=random.choice([0, 1, 9])))
    if pa.types.is_fixed_size_binary(kind):
        return random.randbytes(kind.byte_width)
    if pa.types.is_binary(kind):
        return random.randbytes(random.choice([0, 1, 20]))
    if pa.types.is_decimal(kind):
        digits = random.randint(-10 ** kind.precision + 1, 10 ** kind.precision - 1)
        return decimal.Decimal(digits).scaleb(-kind.scale, decimal.Context(prec=60))
    if pa.types.is_date(kind):
        return datetime.date(1970, 1, 1) + datetime.timedelta(random.randint(-99999, 99999))
    return pa.scalar(random.randint(0, 86_399), pa.int32() if kind.bit_width == 32
                     else pa.int64()).cast(kind).as_py()


def random_value(random, kind, nullable=True):
    if nullable and random.random() < 0.2:
        return None
    if pa.types.is_map(kind):
        return [(random_value(random, kind.key_type, False), random_value(random, kind.item_type))
                for _ in range(random.choice([0, 1, 3]))]
    if pa.types.is_list(kind):
        return [random_value(random, kind.value_type) for _ in range(random.choice([0, 1, 3]))]
    if pa.types.is_struct(kind):
        return {field.name: random_value(random, field.type, field.nullable) for field in kind}
    return random_leaf(random, kind)


def random_table(random, rows=None, columns=None, depth=3):
    rows = random.choice([0, 1, 2, 37, 300]) if rows is None else rows
    fields = [pa.field(f"c{i}", random_type(random, depth), nullable=random.random() < 0.8)
              for i in range(columns or random.randint(1, 6))]
    return pa.table({field.name: pa.array([random_value(random, field.type, field.nullable)
                                           for _ in range(rows)], field.type)
                     for field in fields}, schema=pa.schema(fields))
