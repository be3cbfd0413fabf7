"""Runs pqa, and single operations of its store, against an S3 server."""
import os
import pathlib
import subprocess

from program import Program
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY

TRIAL = pathlib.Path(os.environ["PQA_BIN"]).parents[2] / "tests/tools/store_try"


class S3Program(Program):
    """pqa with a store in a bucket; reads the archive with delta-rs, past any proxy."""

    def __init__(self, server, prefix, db, folder, endpoint=None):
        super().__init__("unused", db, folder)
        self.server, self.prefix = server, prefix
        self.store = f"s3://{BUCKET}/{prefix}"
        self.settings = server.env(endpoint)

    def environment(self):
        return {name: value for name, value in super().environment().items()
                if not name.startswith("AWS_") or name in self.settings}

    def run(self, *arguments, **options):
        done = super().run(*arguments, **options)
        assert SECRET_KEY not in done.stdout + done.stderr, "a secret is shown"
        return done

    def delta_table(self):
        from deltalake import DeltaTable
        return DeltaTable(f"{self.store}/analytics/pageviews", storage_options={
            "AWS_ENDPOINT_URL": self.server.endpoint, "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.server.settings.get("region", "us-east-1")})

    def archive_rows(self):
        rows = [tuple(row.values())
                for row in self.delta_table().to_pyarrow_table().to_pylist()]
        by_id = {row[0]: row for row in rows}
        assert len(by_id) == len(rows), "an id is in the archive twice"
        return by_id

    def version(self):
        return max(self.log_versions())

    def log_versions(self):
        start = f"{self.prefix}/analytics/pageviews/_delta_log/"
        return sorted(int(pathlib.Path(key).stem) for key in self.server.keys(self.prefix)
                      if key.startswith(start) and key.endswith(".json"))

    def data_keys(self):
        return {key for key in self.server.keys(self.prefix) if key.endswith(".parquet")
                and "/_delta_log/" not in key}

    def live_files(self):
        return sorted(self.delta_table().file_uris())


class Trial:
    """One operation of the store through tests/tools/store_try."""

    def __init__(self, server, prefix, folder, endpoint=None):
        self.store, self.folder = f"s3://{BUCKET}/{prefix}", folder
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "RETRY": "4",
                    **server.env(endpoint)}

    def start(self, *arguments):
        return subprocess.Popen([TRIAL, self.store, *map(str, arguments)], env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, *arguments, status="ok", timeout=60):
        """Runs it to the status that is expected; returns stdout, or the message."""
        out, err = self.start(*arguments).communicate(timeout=timeout)
        process_status = err.split(b":")[0].decode() if err else "ok"
        names = {"not allowed": "denied", "not supported": "unsupported",
                 "timed out, try again": "timeout", "input/output error": "io",
                 "invalid argument": "invalid", "over a limit": "limit",
                 "corrupt data": "corrupt"}
        process_status = names.get(process_status, process_status)
        assert SECRET_KEY.encode() not in out + err, "a secret is shown"
        assert process_status == status, f"{arguments}: {err.decode()}"
        return out if status == "ok" else err.decode()

    def put(self, key, data, **options):
        path = self.folder / "put"
        path.write_bytes(data)
        return self("put", key, path, **options)

    def replace(self, key, data):
        self("remove", key)
        self.put(key, data)

    def get(self, key, **options):
        path = self.folder / "got"
        self("get", key, path, **options)
        return path.read_bytes()

    def list(self, prefix="", *after):
        entries = self("list", prefix, *after).split(b"\0")[:-1]
        sizes_and_keys = [entry.decode().split(" ", 1) for entry in entries]
        return [(key, int(size)) for size, key in sizes_and_keys]
