"""DuckDB's program, its Python package and its extensions, in an environment of their own."""
import pathlib
import subprocess

import pytest

VENV = pathlib.Path(__file__).resolve().parents[2] / ".venv-duckdb"


def program():
    """The program itself; what PyPI's package has on PATH is a script that runs it."""
    path = next((VENV / "lib").glob("python3*/site-packages/duckdb_cli/duckdb"), VENV / "none")
    if not path.exists():
        pytest.skip("DuckDB's program is not there; ./check e2e installs it")
    return path


def script():
    return VENV / "bin/duckdb"


def packages():
    """The folder with the Python package of the version that the extensions are for."""
    return program().parents[1]


def extension(name):
    path, = packages().glob(f"duckdb_extension_{name}/**/{name}.duckdb_extension")
    return path


def install_extension(name, home):
    """As INSTALL does it, into the home of a user, but without a download."""
    subprocess.run([program(), "-c", f"INSTALL '{extension(name)}'"], check=True,
                   capture_output=True, env={"HOME": str(home)})
