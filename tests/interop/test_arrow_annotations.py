"""What Arrow fields say beyond their type goes to the file and comes back: extension types, field ids."""
import io
import json

import arrow_export
import arrow_import
import pyarrow
import pyarrow.parquet
import pytest

NAME, METADATA = b"ARROW:extension:name", b"ARROW:extension:metadata"


def round_trip(schema, columns):
    """The file's schema as pyarrow shows it, and the table as the library reads it."""
    arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, schema)]
    file = arrow_export.write_table(pyarrow.table(arrays, schema=schema))
    return pyarrow.parquet.ParquetFile(io.BytesIO(file)), arrow_import.read_table(file)


def test_field_ids_of_all_levels_are_kept():
    numbered = lambda name, type_, number: pyarrow.field(name, type_, metadata={"PARQUET:field_id": str(number)})
    schema = pyarrow.schema([
        numbered("a", pyarrow.int32(), 1),
        numbered("s", pyarrow.struct([numbered("x", pyarrow.string(), 3)]), 2),
        numbered("l", pyarrow.list_(numbered("element", pyarrow.int8(), 5)), 2**31 - 1),
        pyarrow.field("none", pyarrow.int32())])
    file, ours = round_trip(schema, [[1], [{"x": "y"}], [[1]], [1]])
    assert file.schema_arrow.equals(schema, check_metadata=True)
    assert ours.schema.equals(schema, check_metadata=True)


def test_uuid_and_json_are_extension_types_again():
    schema = pyarrow.schema([pyarrow.field("u", pyarrow.uuid()), pyarrow.field("j", pyarrow.json_(pyarrow.string())),
                             pyarrow.field("d", pyarrow.dictionary(pyarrow.int8(), pyarrow.string()))])
    table = pyarrow.table([
        pyarrow.ExtensionArray.from_storage(pyarrow.uuid(), pyarrow.array([b"0123456789abcdef"], pyarrow.binary(16))),
        pyarrow.ExtensionArray.from_storage(pyarrow.json_(pyarrow.string()), pyarrow.array(["{}"])),
        pyarrow.array(["x"], schema.field("d").type)], schema=schema)
    file = arrow_export.write_table(table)
    assert [str(pyarrow.parquet.ParquetFile(io.BytesIO(file)).schema.column(i).logical_type.type)
            for i in range(3)] == ["UUID", "JSON", "STRING"]
    ours = arrow_import.read_table(file)
    assert ours.schema.types == [pyarrow.uuid(), pyarrow.json_(pyarrow.string()), pyarrow.string()]


@pytest.mark.parametrize("given, logical, crs", [
    ({}, "GEOMETRY", "OGC:CRS84"),
    ({"crs": "EPSG:4326"}, "GEOMETRY", "OGC:CRS84"),
    ({"crs": "EPSG:3857"}, "GEOMETRY", "EPSG:3857"),
    ({"crs": {"id": {"authority": "EPSG", "code": 3857}}}, "GEOMETRY", {"id": {"authority": "EPSG", "code": 3857}}),
    ({"crs": "OGC:CRS84", "edges": "spherical"}, "GEOGRAPHY", "OGC:CRS84"),
])
def test_geometries_keep_their_crs(given, logical, crs):
    field = pyarrow.field("g", pyarrow.binary(), metadata={NAME: "geoarrow.wkb", METADATA: json.dumps(given)})
    file, ours = round_trip(pyarrow.schema([field]), [[None]])
    assert file.schema.column(0).logical_type.type == logical
    said = json.loads(ours.schema.field(0).metadata[METADATA])
    assert ours.schema.field(0).metadata[NAME] == b"geoarrow.wkb"
    assert said["crs"] == crs
    assert said.get("edges") == given.get("edges")


def test_variant_is_a_group_with_its_annotation():
    storage = pyarrow.struct([pyarrow.field("metadata", pyarrow.binary(), False),
                              pyarrow.field("value", pyarrow.binary(), False)])
    field = pyarrow.field("v", storage, metadata={NAME: "arrow.parquet.variant", METADATA: ""})
    value = {"metadata": b"\x01\x00\x00", "value": b"\x0c\x05"}
    file, ours = round_trip(pyarrow.schema([field]), [[value, None]])
    assert "Variant" in str(file.schema)
    assert ours.schema.field(0).metadata[NAME] == b"arrow.parquet.variant"
    assert ours.to_pylist() == [{"v": value}, {"v": None}]


@pytest.mark.parametrize("type_, words", [
    (pyarrow.month_day_nano_interval(), "interval of months, days and nanoseconds"),
    (pyarrow.struct([]), "struct without fields"),
    (pyarrow.dense_union([pyarrow.field("x", pyarrow.int8())]), "dense union"),
])
def test_type_that_parquet_lacks_is_told_with_its_field(type_, words):
    inside = pyarrow.schema([pyarrow.field("a", pyarrow.list_(pyarrow.field("x", type_)))])
    with pytest.raises(arrow_import.Failure, match=rf"field 'a\.element': .*{words}") as refused:
        arrow_export.write_batches(inside, [])
    assert refused.value.status == "UNSUPPORTED"
