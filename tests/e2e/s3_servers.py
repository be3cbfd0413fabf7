"""Real S3 servers for tests, on free ports of this machine, each with a bucket `views`."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ACCESS_KEY = "tester-access"
SECRET_KEY = "planted-secret-of-the-tests"
BUCKET = "views"


def servers_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("PQA_TEST_SERVERS") or f"{cache}/pqa-test-servers")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scratch_root():
    """In memory where that keeps extended attributes, which versitygw needs."""
    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir="/dev/shm") as probe:
        os.setxattr(probe.name, "user.probe", b"1")
        return "/dev/shm"
    return "/var/tmp"


class S3Server:
    """Started by `with`; `env` is what a client of it needs."""
    name = None
    scheme = "http"

    def __init__(self, **settings):
        self.settings = settings

    @classmethod
    def is_installed(cls):
        return (servers_folder() / cls.name).exists()

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"pqa-{self.name}-",
                                                    dir=scratch_root()))
        self.data = self.folder / "data"
        self.data.mkdir()
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.endpoint = f"{self.scheme}://{self.address}"
        self.before()
        self.process = subprocess.Popen(
            [servers_folder() / self.name, *map(str, self.arguments())],
            cwd=self.folder, env=os.environ | {"HOME": str(self.folder)} | self.environment(),
            stdin=subprocess.DEVNULL, stdout=open(self.folder / "log", "w"),
            stderr=subprocess.STDOUT)
        self.wait()
        self.make_bucket(BUCKET)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def before(self):
        pass

    def environment(self):
        return {}

    def wait(self):
        for _ in range(200):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(
                    ("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not start: {(self.folder / 'log').read_text()}")

    def make_bucket(self, bucket):
        for _ in range(100):
            try:
                return self.filesystem().create_dir(bucket)
            except OSError as error:
                last = error
                time.sleep(0.1)
        raise last

    def filesystem(self):
        """Another implementation of S3: Arrow's, which is AWS's own C++ SDK."""
        from pyarrow.fs import S3FileSystem
        return S3FileSystem(access_key=ACCESS_KEY, secret_key=SECRET_KEY, scheme=self.scheme,
                            endpoint_override=self.address, region="us-east-1",
                            allow_bucket_creation=True, background_writes=False)

    def env(self, endpoint=None):
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "AWS_ENDPOINT_URL": endpoint or self.endpoint,
                "AWS_EC2_METADATA_DISABLED": "true"}

    def keys(self, prefix):
        """All keys under the prefix with their sizes, as the other implementation lists them."""
        from pyarrow.fs import FileSelector, FileType
        infos = self.filesystem().get_file_info(
            FileSelector(f"{BUCKET}/{prefix}", recursive=True, allow_not_found=True))
        return {info.path.removeprefix(f"{BUCKET}/"): info.size for info in infos
                if info.type == FileType.File}

    def read(self, key):
        with self.filesystem().open_input_stream(f"{BUCKET}/{key}") as stream:
            return stream.read()


class Versitygw(S3Server):
    name = "versitygw"

    def before(self):
        if self.settings.get("tls"):
            self.scheme = "https"
            self.endpoint = f"https://{self.address}"
            self.certificate = self.folder / "certificate.pem"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                 "-keyout", self.folder / "key.pem", "-out", self.certificate],
                check=True, capture_output=True)
            (self.data / BUCKET).mkdir()

    def make_bucket(self, bucket):
        if not self.settings.get("tls"):
            super().make_bucket(bucket)

    def arguments(self):
        tls = ["--cert", self.certificate, "--key", self.folder / "key.pem"] \
            if self.settings.get("tls") else []
        domain = ["--virtual-domain", f"localhost:{self.port}"] \
            if self.settings.get("virtual") else []
        return ["--port", self.address, "--quiet", "--keep-alive", "--access", ACCESS_KEY,
                "--secret", SECRET_KEY, *tls, *domain, "posix", self.data]


class Minio(S3Server):
    name = "minio"

    def environment(self):
        region = self.settings.get("region")
        return {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY,
                "MINIO_BROWSER": "off"} | ({"MINIO_SITE_REGION": region} if region else {})

    def filesystem(self):
        from pyarrow.fs import S3FileSystem
        return S3FileSystem(access_key=ACCESS_KEY, secret_key=SECRET_KEY, scheme=self.scheme,
                            endpoint_override=self.address,
                            region=self.settings.get("region", "us-east-1"),
                            allow_bucket_creation=True, background_writes=False)

    def arguments(self):
        return ["server", "--address", self.address, "--quiet", self.data]


class Rclone(S3Server):
    """Takes If-None-Match and ignores it: writers must not use it."""
    name = "rclone"

    def arguments(self):
        return ["serve", "s3", "--config", "/dev/null", "--addr", self.address, "--auth-key",
                f"{ACCESS_KEY},{SECRET_KEY}", "--vfs-cache-mode", "writes", self.data]

    def before(self):
        """With an object: one that is put behind its back is not seen at once."""
        (self.data / BUCKET / "read").mkdir(parents=True)
        (self.data / BUCKET / "read" / "odd key+%").write_bytes(b"read only")

    def make_bucket(self, bucket):
        pass
