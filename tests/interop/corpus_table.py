"""Every file of the public corpus (apache/parquet-testing), and what comes of reading it.

A row is a path, or a pattern of paths, below the corpus' folder, an outcome, and what the
outcome needs to be checked. Outcomes:

  rows     the rows that pyarrow reads, as an Arrow stream and printed by `pqa parquet cat`
  csv      as rows, and the file beside it says the same
  known    rows that the corpus' documentation gives and pyarrow does not read so
  checksum damage that only the page checksum shows: refused, and read as pyarrow reads it
           once checksums are skipped
  large    refused by the default limit of a page, read with a higher one
  bad      refused; the words are in the message
  locked   encrypted: what is refused without the keys (test_encryption.py has them)
  aside    no Parquet file
"""

BAD_DATA = [
    ("bad_data/ARROW-GH-41317.parquet", "bad", "row group 1: thrift: list of another type"),
    ("bad_data/ARROW-GH-41321.parquet", "bad", "column int64: definition levels end early"),
    # A run of codes of width 0 stands for the first value of the dictionary.
    ("bad_data/ARROW-GH-43605.parquet", "rows"),
    ("bad_data/ARROW-GH-45185.parquet", "bad", "the first row begins in its middle"),
    ("bad_data/ARROW-GH-47662.parquet", "bad", "flba_field: plain: 364 bytes for 100 values"),
    ("bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet", "bad", "not before the footer"),
    ("bad_data/ARROW-RS-GH-6229-LEVELS.parquet", "bad", "more values than the column chunk"),
    ("bad_data/PARQUET-1481.parquet", "bad", "'Handle' has unknown type -7"),
]

LOCKED_FOOTER = "the footer is encrypted: keys are given by"
LOCKED_COLUMN = "_field: encrypted, and its key was not given"
ENCRYPTED = [
    ("data/aes256/encrypt_columns_and_footer.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/aes256/encrypt_columns_and_footer_ctr.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/aes256/encrypt_columns_and_footer_disable_aad_storage.parquet.encrypted", "locked",
     LOCKED_FOOTER),
    ("data/aes256/encrypt_columns_plaintext_footer.parquet.encrypted", "locked", LOCKED_COLUMN),
    ("data/aes256/uniform_encryption.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/encrypt_columns_and_footer.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/encrypt_columns_and_footer_aad.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/encrypt_columns_and_footer_bloom_filter.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/encrypt_columns_and_footer_ctr.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/encrypt_columns_and_footer_disable_aad_storage.parquet.encrypted", "locked",
     LOCKED_FOOTER),
    ("data/encrypt_columns_plaintext_footer.parquet.encrypted", "locked", LOCKED_COLUMN),
    ("data/external_key_material_java.parquet.encrypted", "locked", LOCKED_FOOTER),
    ("data/uniform_encryption.parquet.encrypted", "locked", LOCKED_FOOTER),
]

DATA = [
    ("data/alltypes_dictionary.parquet", "rows"),
    ("data/alltypes_plain.parquet", "rows"),
    ("data/alltypes_plain.snappy.parquet", "rows"),
    ("data/alltypes_tiny_pages.parquet", "rows"),
    ("data/alltypes_tiny_pages_plain.parquet", "rows"),
    ("data/binary.parquet", "rows"),
    ("data/binary_truncated_min_max.parquet", "rows"),
    ("data/byte_array_decimal.parquet", "rows"),
    ("data/byte_stream_split.zstd.parquet", "rows"),
    ("data/byte_stream_split_extended.gzip.parquet", "rows"),
    ("data/column_chunk_key_value_metadata.parquet", "rows"),
    ("data/concatenated_gzip_members.parquet", "rows"),
    ("data/data_index_bloom_encoding_stats.parquet", "rows"),
    ("data/data_index_bloom_encoding_with_length.parquet", "rows"),
    ("data/datapage_v1-corrupt-checksum.parquet", "checksum",
     "column a: page at byte 4: page checksum: expected bbce3b9d, found 0f4f6d0a"),
    ("data/datapage_v1-snappy-compressed-checksum.parquet", "rows"),
    ("data/datapage_v1-uncompressed-checksum.parquet", "rows"),
    ("data/datapage_v2.snappy.parquet", "rows"),
    ("data/datapage_v2_empty_datapage.snappy.parquet", "rows"),
    ("data/delta_binary_packed.parquet", "csv", "data/delta_binary_packed_expect.csv"),
    ("data/delta_byte_array.parquet", "csv", "data/delta_byte_array_expect.csv"),
    ("data/delta_encoding_optional_column.parquet", "csv",
     "data/delta_encoding_optional_column_expect.csv"),
    ("data/delta_encoding_required_column.parquet", "csv",
     "data/delta_encoding_required_column_expect.csv"),
    ("data/delta_length_byte_array.parquet", "rows"),
    ("data/dict-page-offset-zero.parquet", "rows"),
    ("data/fixed_length_byte_array.parquet", "rows"),
    ("data/fixed_length_decimal.parquet", "rows"),
    ("data/fixed_length_decimal_legacy.parquet", "rows"),
    ("data/float16_nonzeros_and_nans.parquet", "rows"),
    ("data/float16_zeros_and_nans.parquet", "rows"),
    ("data/floating_orders_nan_count.parquet", "rows"),
    ("data/geospatial/crs-arbitrary-value.parquet", "rows"),
    ("data/geospatial/crs-default.parquet", "rows"),
    ("data/geospatial/crs-geography.parquet", "rows"),
    ("data/geospatial/crs-projjson.parquet", "rows"),
    ("data/geospatial/crs-srid.parquet", "rows"),
    ("data/geospatial/geography-lines.parquet", "rows"),
    ("data/geospatial/geography-points.parquet", "rows"),
    ("data/geospatial/geography-polygons.parquet", "rows"),
    ("data/geospatial/geospatial-with-nan.parquet", "rows"),
    ("data/geospatial/geospatial.parquet", "rows"),
    ("data/hadoop_lz4_compressed.parquet", "rows"),
    ("data/hadoop_lz4_compressed_larger.parquet", "rows"),
    # pyarrow wants the keys of a map to be required.
    ("data/incorrect_map_schema.parquet", "known",
     [{"my_map": [{"key": "parent", "value": "another"}, {"key": "name", "value": "report"}]}]),
    ("data/int32_decimal.parquet", "rows"),
    ("data/int32_with_null_pages.parquet", "rows"),
    ("data/int64_decimal.parquet", "rows"),
    # The stream wraps what 64 bits of nanoseconds do not hold, as pyarrow does; text does not.
    # Spark's arithmetic wrapped for the last row, whose day has no date: its bytes are shown.
    ("data/int96_from_spark.parquet", "known",
     [{"a": "2024-01-01T20:34:56.123456000"}, {"a": "2024-01-01T01:00:00.000000000"},
      {"a": "9999-12-31T03:00:00.000000000"}, {"a": "2024-12-30T23:00:00.000000000"},
      {"a": None}, {"a": "AGC5x27i//+oq7D5"}]),
    ("data/large_string_map.brotli.parquet", "large", "page of 1073741828 bytes; at most 268435456"),
    ("data/list_columns.parquet", "rows"),
    ("data/lz4_raw_compressed.parquet", "rows"),
    ("data/lz4_raw_compressed_larger.parquet", "rows"),
    ("data/map_no_value.parquet", "rows"),
    ("data/nan_in_stats.parquet", "rows"),
    ("data/nation.dict-malformed.parquet", "rows"),
    ("data/nested_lists.snappy.parquet", "rows"),
    ("data/nested_maps.snappy.parquet", "rows"),
    ("data/nested_structs.rust.parquet", "rows"),
    ("data/non_hadoop_lz4_compressed.parquet", "rows"),
    ("data/nonnullable.impala.parquet", "rows"),
    ("data/null_list.parquet", "rows"),
    ("data/nullable.impala.parquet", "rows"),
    ("data/nulls.snappy.parquet", "rows"),
    ("data/old_list_structure.parquet", "rows"),
    ("data/overflow_i16_page_cnt.parquet", "rows"),
    ("data/page_v2_empty_compressed.parquet", "rows"),
    ("data/plain-dict-uncompressed-checksum.parquet", "rows"),
    ("data/repeated_no_annotation.parquet", "rows"),
    ("data/repeated_primitive_no_list.parquet", "rows"),
    ("data/rle-dict-snappy-checksum.parquet", "rows"),
    ("data/rle-dict-uncompressed-corrupt-checksum.parquet", "checksum",
     "column long_field: page at byte 4: page checksum: expected 6522df6a, found 6522df69"),
    ("data/rle_boolean_encoding.parquet", "rows"),
    ("data/single_nan.parquet", "rows"),
    ("data/sort_columns.parquet", "rows"),
    ("data/unknown-logical-type.parquet", "rows"),
]

# The physical struct; its metadata and value are the files' beside it. INVALID ones have a
# value and a typed value that contradict each other, which only a reader of variants sees.
VARIANT = [
    ("shredded_variant/case-???.parquet", "rows"),
    ("shredded_variant/case-???-INVALID.parquet", "rows"),
    ("shredded_variant/case-*.variant.bin", "aside"),
    ("shredded_variant/cases.json", "aside"),
]

ASIDE = [
    ("LICENSE.txt", "aside"),
    ("README.md", "aside"),
    ("bad_data/README.md", "aside"),
    ("shredded_variant/README.md", "aside"),
    ("data/*.md", "aside"),
    ("data/*_expect.csv", "aside"),
    ("data/_KEY_MATERIAL_FOR_external_key_material_java.parquet.encrypted.json", "aside"),
    ("data/bloom_filter.bin", "aside"),  # murmur3, from before the format had filters
    ("data/bloom_filter.xxhash.bin", "aside"),
    ("data/geospatial/*.py", "aside"),
    ("data/geospatial/geospatial.yaml", "aside"),
]

TABLE = BAD_DATA + ENCRYPTED + DATA + VARIANT + ASIDE
