"""Fixtures of the whole-product tests: a site's database of each kind, and the program."""
import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "e2e"))

from pageview_site import PostgresDatabase, SqliteDatabase, fill_site  # noqa: E402
from program import Program  # noqa: E402


def pytest_configure():
    if "PQA_BIN" not in os.environ:
        pytest.exit("PQA_BIN must name the pqa program; ./check e2e sets it", 2)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    from postgres_cluster import PostgresCluster
    if not PostgresCluster.is_installed():
        pytest.skip("PostgreSQL's server programs are not installed")
    with PostgresCluster() as running:
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "site.db"
    database = SqliteDatabase(path)
    fill_site(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(cluster):
    database = PostgresDatabase(cluster.create_database("template_site"))
    fill_site(database)
    database.close()
    return "template_site"


@pytest.fixture
def sqlite_site(sqlite_template, tmp_path):
    path = tmp_path / "site.db"
    shutil.copy(sqlite_template, path)
    database = SqliteDatabase(path)
    yield database
    database.close()


@pytest.fixture
def postgres_site(cluster, postgres_template, request):
    url = cluster.create_database(template=postgres_template)
    database = PostgresDatabase(url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def site(request):
    """A small site's database, the test's own, of both kinds."""
    return request.getfixturevalue(request.param + "_site")


@pytest.fixture
def pqa(site, tmp_path):
    """The program with this site and a store that is not there yet."""
    return Program(tmp_path / "store", site.url, tmp_path)


@pytest.fixture
def sqlite_pqa(sqlite_site, tmp_path):
    return Program(tmp_path / "store", sqlite_site.url, tmp_path)


@pytest.fixture
def postgres_pqa(postgres_site, tmp_path):
    return Program(tmp_path / "store", postgres_site.url, tmp_path)
