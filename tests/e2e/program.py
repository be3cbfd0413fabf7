"""Runs pqa, and reads its archive with another implementation."""
import json
import os
import pathlib
import subprocess


class Program:
    """pqa with a store and a database; nothing of the tester's own settings reaches it."""

    def __init__(self, store, db, folder):
        self.store = pathlib.Path(store)
        self.db = db
        self.folder = pathlib.Path(folder)
        self.path = os.environ["PQA_BIN"]
        self.settings = {}

    def environment(self):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("PQA_", "PG", "XDG_"))}
        kept |= {"HOME": str(self.folder), "TMPDIR": str(self.folder), "LC_ALL": "C.UTF-8",
                 "PQA_STORE": str(self.store)}
        if self.db:
            kept["PQA_DB"] = self.db
        return kept | self.settings

    def start(self, *arguments, wrapper=(), **options):
        command = [*wrapper, self.path, *map(str, arguments)]
        return subprocess.Popen(command, env=self.environment(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def run(self, *arguments, timeout=120, **options):
        """The finished process, whatever its exit code."""
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def __call__(self, *arguments, code=0, **options):
        """Runs to the exit code that is expected; returns what was printed, both streams."""
        done = self.run(*arguments, **options)
        assert done.returncode == code, (
            f"{' '.join(map(str, arguments))}: exit code {done.returncode}, expected {code}\n"
            f"{done.stdout}{done.stderr}")
        return done

    def ask(self, *arguments):
        """The rows of a question."""
        return json.loads(self(*arguments, "--format", "json").stdout)

    def backfill(self, since, until, **options):
        return self("backfill", "--since", since, "--until", until, **options)

    def table_path(self):
        return self.store / "analytics" / "pageviews"

    def archive_rows(self):
        """The live snapshot's rows by id, as delta-rs and Arrow read them; no id twice."""
        from deltalake import DeltaTable
        if not (self.table_path() / "_delta_log").exists():
            return {}
        if not DeltaTable.is_deltatable(str(self.table_path())):
            return {}  # stopped before the table was made
        table = DeltaTable(str(self.table_path())).to_pyarrow_table()
        rows = [tuple(row.values()) for row in table.to_pylist()]
        by_id = {row[0]: row for row in rows}
        assert len(by_id) == len(rows), "an id is in the archive twice"
        return by_id

    def version(self):
        log = self.table_path() / "_delta_log"
        return max(int(path.stem) for path in log.glob("*[0-9].json"))

    def live_files(self):
        from deltalake import DeltaTable
        return [pathlib.Path(uri.removeprefix("file://"))
                for uri in DeltaTable(str(self.table_path())).file_uris()]
