"""The package as it is installed: types, and beside others in one forking worker."""
import email
import os
import pathlib
import subprocess
import sys
import tarfile
import textwrap
import zipfile

import pytest
from conftest import TOP
from pageview_site import FIRST, LAST

import pqa


@pytest.fixture
def wheel():
    if "PQA_WHEEL" not in os.environ:
        pytest.skip("PQA_WHEEL names the wheel; ./check python sets it")
    return pathlib.Path(os.environ["PQA_WHEEL"])


def test_package_is_typed(tmp_path):
    """Strictly, and so is a program that uses it; a mistake in one is found."""
    good = textwrap.dedent("""
        import datetime
        import pqa
        def ask(archive: pqa.Archive) -> int:
            days: list[pqa.Day] = archive.export("yesterday")
            dates: list[datetime.date] = [day.date for day in days]
            return len(archive.top_pages("django", since=dates[0], limit=3))
        """)
    (tmp_path / "good.py").write_text(good)
    (tmp_path / "bad.py").write_text(good.replace("list[pqa.Day]", "list[int]"))
    mypy = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache")]
    config = ["--config-file", str(TOP / "python" / "pyproject.toml")]
    for arguments, code in [(["--strict", *config, "-p", "pqa"], 0),
                            (["--strict", "good.py"], 0), (["--strict", "bad.py"], 1)]:
        done = subprocess.run([*mypy, *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr


def test_version_is_the_librarys():
    assert pqa.__version__ in (TOP / "include" / "pqa.h").read_text()


def test_wheel_holds_what_it_needs(wheel):
    assert wheel.name.split("-")[2:4] == ["cp39", "abi3"] and "manylinux" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("libpq-", "libcurl-", "libzstd", "pqa/py.typed", "pqa/_pqa.pyi"):
        assert any(part in name for name in names), (part, names)
    assert not any(name.endswith((".h", ".pc", ".a")) for name in names)
    assert not any("sqlite" in name for name in names)  # the process has one already


def test_nothing_else_is_required(wheel):
    """What is required is so for somebody who asked for it."""
    with zipfile.ZipFile(wheel) as packed:
        [name] = [name for name in packed.namelist() if name.endswith("/METADATA")]
        metadata = email.message_from_bytes(packed.read(name))
    required = metadata.get_all("Requires-Dist")
    assert all("extra ==" in requirement for requirement in required), required
    assert set(metadata.get_all("Provides-Extra")) >= {"pandas", "polars", "django", "celery"}
    assert metadata["Requires-Python"] == ">=3.9"


def test_source_distribution_builds_and_works(tmp_path):
    """It holds the C sources: a wheel of it, in an empty environment, far from the clone."""
    tools = TOP / ".venv-wheel" / "bin"
    if not (tools / "python").exists():
        pytest.skip("tools/wheel.sh installs what a source distribution is made with")
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(
        [tools / "python", "-c", "import mesonpy, sys; print(mesonpy.build_sdist(sys.argv[1]))",
         tmp_path], cwd=TOP / "python", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    packed, = tmp_path.glob("parquet_analytics-*.tar.gz")
    with tarfile.open(packed) as tar:
        assert not [member.name for member in tar if member.issym()]
    subprocess.run([tools / "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", tmp_path,
                    packed], check=True, env=environment, cwd=tmp_path)
    wheel, = tmp_path.glob("parquet_analytics-*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", wheel], check=True)
    done = subprocess.run([python, TOP / "python/tests/smoke.py"], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.stdout.startswith("done "), done.stderr


WORKER = """
    import os, sys
    import psycopg, pyarrow, pyarrow.compute
    import pqa
    store, db, since, until = sys.argv[1:]
    archive = pqa.Archive(store, db=db)
    with psycopg.connect(db) as connection:
        archive.backfill(since=since, until=until)
        def work():
            table = pyarrow.table(archive.top_pages("django", since, until, limit=0))
            with psycopg.connect(db) as mine:
                total = mine.execute(
                    "SELECT sum(view_count) FROM analytics_pageview WHERE project_id = 1"
                    " AND status = 200").fetchone()[0]
            return pyarrow.compute.sum(table["views"]).as_py() == total
        assert work()
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                os._exit(0 if work() else 1)
            children.append(child)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
        assert work() and connection.execute("SELECT 1").fetchone() == (1,)
    print("done")
"""


def test_forking_worker_beside_psycopg_and_pyarrow(wheel, postgres_site, tmp_path):
    """In an environment that has only these three."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pinned = [line for line in (TOP / "python/tests/requirements.txt").read_text().splitlines()
              if line.startswith(("psycopg", "pyarrow"))]
    subprocess.run([python, "-m", "pip", "install", "-q", wheel, *pinned], check=True)
    done = subprocess.run([python, "-c", textwrap.dedent(WORKER), tmp_path / "store",
                           postgres_site.url, str(FIRST), str(LAST)],
                          capture_output=True, text=True)
    assert done.stdout == "done\n", done.stderr
