"""A PostgreSQL server of the test's own, on a Unix socket, as a user that is not root."""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time


def find_bin():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                   key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    return pathlib.Path(initdb).parent if initdb else None


class PostgresCluster:
    PORT = 5432

    @staticmethod
    def is_installed():
        return find_bin() is not None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pqa-postgres-", dir="/tmp"))
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self.count = 0
        data = self.folder / "data"
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync")
        options = (f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
                   f" -c fsync=off -c max_connections=50")
        self.run("pg_ctl", "-D", data, "-o", options, "-l", self.folder / "log", "-w", "start")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *arguments):
        done = subprocess.run([find_bin() / program, *map(str, arguments)], cwd=self.folder,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              user=self.user if os.geteuid() == 0 else None, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def url(self, database, user="postgres"):
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.PORT}"

    def create_database(self, name=None, template="template1"):
        """A new database, its URL."""
        import psycopg
        self.count += 1
        name = name or f"site_{self.count}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)


class Replica:
    """A streaming replica of a cluster, beside it; the standby of `with`."""

    def __init__(self, cluster):
        self.cluster, self.data = cluster, cluster.folder / "replica"
        self.port = cluster.PORT + 1

    def __enter__(self):
        cluster = self.cluster
        cluster.run("pg_basebackup", "-D", self.data, "-R", "-c", "fast", "--no-sync", "-h",
                    cluster.folder, "-p", cluster.PORT, "-U", "postgres")
        options = (f"-c listen_addresses='' -c unix_socket_directories={cluster.folder}"
                   f" -c port={self.port} -c fsync=off -c max_connections=50"
                   " -c wal_receiver_status_interval=1")
        cluster.run("pg_ctl", "-D", self.data, "-o", options, "-l", cluster.folder / "replica.log",
                    "-w", "start")
        return self

    def __exit__(self, *_):
        self.cluster.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.data, ignore_errors=True)

    def url(self, primary_url):
        return primary_url.replace(f"port={self.cluster.PORT}", f"port={self.port}")

    def catch_up(self, primary_url):
        """Waits until all that was committed is there."""
        import psycopg
        with psycopg.connect(primary_url) as primary:
            target = primary.execute("SELECT pg_current_wal_lsn()").fetchone()[0]
        # A database that was just made may not be there yet.
        url = self.url(self.cluster.url("postgres"))
        with psycopg.connect(url, autocommit=True) as standby:
            while not standby.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn",
                                      [target]).fetchone()[0]:
                time.sleep(0.05)
