"""The site and the program of the whole-product tests, and an Archive of the same store."""
import importlib.util
import pathlib
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("product_fixtures", TOP / "tests/conftest.py")
sys.modules["product_fixtures"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules["product_fixtures"])

from product_fixtures import (cluster, postgres_site, postgres_template,  # noqa: E402,F401
                              pytest_configure, site, sqlite_site, sqlite_template)
from product_fixtures import pqa as program  # noqa: E402,F401
from product_fixtures import sqlite_pqa as sqlite_program  # noqa: E402,F401

import pqa  # noqa: E402


@pytest.fixture
def archive(program):
    """A store that is not there yet, for sites of both kinds."""
    with pqa.Archive(program.store, db=program.db, temporary_directory=program.folder) as opened:
        yield opened


@pytest.fixture
def sqlite_archive(sqlite_program):
    with pqa.Archive(sqlite_program.store, db=sqlite_program.db,
                     temporary_directory=sqlite_program.folder) as opened:
        yield opened
