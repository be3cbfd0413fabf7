"""What `pqa parquet cat` prints, and what it should print for the values of a pyarrow table."""
import base64
import datetime
import json
import math
import os
import struct
import subprocess
import uuid

import pyarrow

SECOND = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def _integer(digits):
    return -0.0 if digits == "-0" else int(digits)


class Single(float):
    """Of single or half precision: enough digits for that are printed."""


def cat(path):
    done = subprocess.run([os.environ["PQA_BIN"], "parquet", "cat", str(path)], timeout=120,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line, parse_int=_integer) for line in done.stdout.splitlines()]


def _clock(value, unit):
    digits = {"ms": 3, "us": 6, "ns": 9}[unit]
    seconds, fraction = divmod(value, SECOND[unit])
    return (f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            f".{fraction:0{digits}d}")


def _date(days):
    """ISO, also of years that datetime has not: the calendar repeats every 400 years."""
    cycles, day = divmod(days, 146097)
    date = datetime.date(1970, 1, 1) + datetime.timedelta(day)
    return f"{date.year + 400 * cycles:04d}-{date.month:02d}-{date.day:02d}"


def _timestamp(value, type_):
    days, of_day = divmod(value, 86400 * SECOND[type_.unit])
    return f"{_date(days)}T{_clock(of_day, type_.unit)}{'Z' if type_.tz else ''}"


def printed(scalar):
    """The scalar as json.loads gives back what is printed for it."""
    types, type_ = pyarrow.types, scalar.type
    if not scalar.is_valid:
        return None
    if isinstance(type_, pyarrow.BaseExtensionType):
        storage = scalar.value
        is_uuid = type_.extension_name == "arrow.uuid"
        return str(uuid.UUID(bytes=storage.as_py())) if is_uuid else printed(storage)
    if types.is_map(type_):
        return [{type_.key_field.name: printed(entry[0]), type_.item_field.name: printed(entry[1])}
                for entry in scalar.values]
    if types.is_list(type_):
        return [printed(item) for item in scalar.values]
    if types.is_struct(type_):
        return {field.name: printed(scalar[i]) for i, field in enumerate(type_)}
    if types.is_floating(type_):
        value = scalar.as_py()
        if not math.isfinite(value):
            return None
        return float(value) if types.is_float64(type_) else Single(value)
    if types.is_decimal(type_):
        return format(scalar.as_py(), "f")
    if types.is_date(type_):
        return scalar.as_py().isoformat()
    if types.is_timestamp(type_):
        return _timestamp(scalar.value, type_)
    if types.is_time(type_):
        return _clock(scalar.value, type_.unit)
    if types.is_string(type_):
        return scalar.as_py()
    value = scalar.as_py()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def rows_of(table):
    columns = {name: [printed(value) for value in table.column(i)]
               for i, name in enumerate(table.schema.names)}
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def is_printed_as(found, expected):
    """Equal, in types too, but for the number of digits of a number."""
    if isinstance(expected, dict):
        return (isinstance(found, dict) and list(found) == list(expected) and
                all(is_printed_as(found[key], expected[key]) for key in expected))
    if isinstance(expected, list):
        return (isinstance(found, list) and len(found) == len(expected) and
                all(map(is_printed_as, found, expected)))
    if isinstance(expected, Single) and isinstance(found, (int, float)):
        return struct.pack("f", found) == struct.pack("f", expected)
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return struct.pack("d", found) == struct.pack("d", expected)
    return type(found) is type(expected) and found == expected
