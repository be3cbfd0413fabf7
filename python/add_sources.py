"""Run by `meson dist`: puts the C sources into a source distribution, as the repository's last
commit has them, in place of the links that lead out of python/."""
import io
import os
import pathlib
import subprocess
import tarfile

SOURCES = ["meson.build", "meson_options.txt", "include", "src", "LICENSE"]
NOT_NEEDED = [":!src/cli"]


def archive(repository, paths, folder):
    packed = subprocess.run(["git", "-C", repository, "archive", "HEAD", "--", *paths], check=True,
                            stdout=subprocess.PIPE).stdout
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(folder)


def main():
    repository = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]).resolve().parent
    made = pathlib.Path(os.environ["MESON_DIST_ROOT"])
    for link in (made / "subprojects/pqa", made / "LICENSE"):
        link.unlink()
    archive(repository, SOURCES + NOT_NEEDED, made / "subprojects/pqa")
    (made / "LICENSE").write_bytes((repository / "LICENSE").read_bytes())


main()
