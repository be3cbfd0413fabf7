"""A documentation host's database for tests, in SQLite and PostgreSQL.

The dates are past ones, with a 29th of February, so that no test depends on the clock.
"""
import datetime
import random
import sqlite3

FIRST = datetime.date(2024, 2, 26)
DAY_COUNT = 6
DAYS = [FIRST + datetime.timedelta(n) for n in range(DAY_COUNT)]
LAST = DAYS[-1]

PROJECTS = {1: "django", 2: "a", 3: "pip", 4: "sphinx", 5: "zz-top", 6: "inkscape-textext",
            7: "numpy", 8: "no-views", 70000: "far-id"}
GONE_PROJECT = 999
VERSIONS = {project * 10 + n: (project, slug) for project in PROJECTS
            for n, slug in enumerate(["latest", "stable", "1.0", "v2.0-β"])}
GONE_VERSION = 123456
ODD_PATHS = ["/", "", "/it's.html", '/"quoted".html', "/back\\slash.html", "/100%25.html",
             "/new\nline.html", "/tab\t.html", "/comma,.html", "/=cmd()", "/é/文档.html",
             "/\U0001f40d.html", "/" + "long/" * 800 + "x.html"]

TABLES = """
CREATE TABLE projects_project (id {key}, slug varchar(63) NOT NULL UNIQUE);
CREATE TABLE builds_version (id {key}, project_id integer NOT NULL,
  slug varchar(255) NOT NULL, UNIQUE (project_id, slug));
CREATE TABLE analytics_pageview (id {big_key}, project_id integer NOT NULL,
  version_id integer, path varchar(5000) NOT NULL, full_path varchar(5000),
  view_count integer NOT NULL, date date NOT NULL, status integer NOT NULL);
CREATE INDEX by_date ON analytics_pageview (date);
"""
INSERT = ("INSERT INTO analytics_pageview (id, project_id, version_id, path, full_path,"
          " view_count, date, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
# What the archive has to hold for the rows of the database.
EXPECTED = """
SELECT v.id, v.project_id, coalesce(p.slug, ''), v.version_id, b.slug, v.path, v.full_path,
       v.view_count, v.date, v.status
  FROM analytics_pageview v LEFT JOIN projects_project p ON p.id = v.project_id
  LEFT JOIN builds_version b ON b.id = v.version_id ORDER BY v.id"""


class SqliteDatabase:
    keys = {"key": "integer PRIMARY KEY AUTOINCREMENT",
            "big_key": "integer PRIMARY KEY AUTOINCREMENT"}

    def __init__(self, path):
        self.path = path
        self.url = f"sqlite:{path}"
        self.connection = sqlite3.connect(path, isolation_level=None)

    def execute(self, sql, *values):
        return self.connection.execute(sql, [str(v) if isinstance(v, datetime.date) else v
                                             for v in values])

    def rows(self, sql, *values):
        return [tuple(row) for row in self.execute(sql, *values)]

    def insert(self, rows):
        self.connection.execute("BEGIN")
        self.connection.executemany(INSERT, [row[:6] + (str(row[6]),) + row[7:] for row in rows])
        self.connection.execute("COMMIT")

    def archive_rows(self):
        return {row[0]: row[:8] + (datetime.date.fromisoformat(row[8]),) + row[9:]
                for row in self.rows(EXPECTED)}

    def close(self):
        self.connection.close()


class PostgresDatabase:
    keys = {"key": "serial PRIMARY KEY", "big_key": "bigserial PRIMARY KEY"}

    def __init__(self, url):
        import psycopg
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)

    def execute(self, sql, *values):
        return self.connection.execute(sql.replace("%", "%%").replace("?", "%s") if values else sql,
                                       values or None)

    def rows(self, sql, *values):
        return self.execute(sql, *values).fetchall()

    def insert(self, rows):
        with self.connection.cursor() as cursor:
            cursor.executemany(INSERT.replace("?", "%s"), rows)

    def archive_rows(self):
        return {row[0]: tuple(row) for row in self.rows(EXPECTED)}

    def close(self):
        self.connection.close()


def make_rows(rows_a_day=400, seed=7):
    """Page views of all DAYS, in random order of days, unique as in production."""
    choose = random.Random(seed)
    projects = [p for p in PROJECTS if PROJECTS[p] != "no-views"] + [GONE_PROJECT]
    seen, rows = set(), []
    while len(rows) < rows_a_day * DAY_COUNT:
        project = projects[int(len(projects) * choose.random() ** 2)]
        version = choose.choice([*range(project * 10, project * 10 + 4), None])
        if version is not None and choose.random() < 0.01:
            version = GONE_VERSION
        path = choose.choice(ODD_PATHS) if choose.random() < 0.1 else (
            f"/{choose.choice(['guide', 'api', 'tutorial'])}/page{choose.randrange(60)}.html")
        status = 200 if choose.random() < 0.9 else choose.choice([404, 404, 404, 301, 500])
        date = choose.choice(DAYS)
        if (project, version, path, date, status) in seen:
            continue
        seen.add((project, version, path, date, status))
        full_path = None if choose.random() < 0.05 else f"/en/{version}{path}"
        views = int(choose.paretovariate(1.1)) % 100000
        rows.append((len(rows) + 1, project, version, path, full_path, views, date, status))
    return rows


def make_tables(database):
    for statement in TABLES.format(**database.keys).split(";\n"):
        if statement.strip():
            database.execute(statement)


def fill_site(database):
    make_tables(database)
    for project, slug in PROJECTS.items():
        database.execute("INSERT INTO projects_project VALUES (?, ?)", project, slug)
    for version, (project, slug) in VERSIONS.items():
        database.execute("INSERT INTO builds_version VALUES (?, ?, ?)", version, project, slug)
    database.insert(make_rows())
