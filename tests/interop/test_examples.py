"""The example in Python; those in C are run by tests/package/run."""
import os
import pathlib
import subprocess
import sys

import pyarrow
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = pathlib.Path(os.environ.get("PQA_LIBRARY", ROOT / "build/libpqa.so"))


def test_hand_to_arrow_gives_the_same_table(tmp_path):
    table = pyarrow.table({"n": [1, None, 3], "words": [["a", "b"], None, []]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    done = subprocess.run([sys.executable, ROOT / "examples/hand_to_arrow.py",
                           LIBRARY.with_name("libpqt.so"), tmp_path / "in.parquet"],
                          capture_output=True, text=True, check=True)
    for part in ("pyarrow.Table", "n: int64", "words: list<element: string>", '"a"'):
        assert part in done.stdout


def test_hand_to_arrow_passes_the_message_on(tmp_path):
    done = subprocess.run([sys.executable, ROOT / "examples/hand_to_arrow.py",
                           LIBRARY.with_name("libpqt.so"), tmp_path / "none.parquet"],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "none.parquet" in done.stderr
