#!/usr/bin/env python3
"""The upload of a day's file, beside `aws s3 cp` and s3cmd: bench/upload.py BUILD FILE

To versitygw on this machine, in turns; medians of five, programs' start included. What is not
on PATH is left out.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
os.environ.setdefault("PQA_BIN", str(pathlib.Path(sys.argv[1]) / "src/cli/pqa"))
sys.path.insert(0, str(ROOT / "tests/e2e"))
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, Versitygw  # noqa: E402

TURNS = 5


def commands(build, file, server, turn):
    names = {"pqa": [build / "tests/tools/store_try", f"s3://{BUCKET}/p{turn}", "put", "day", file]}
    if shutil.which("aws"):
        names["aws s3 cp"] = ["aws", "--endpoint-url", server.endpoint, "s3", "cp", "--quiet", file,
                              f"s3://{BUCKET}/a{turn}"]
    if shutil.which("s3cmd"):
        names["s3cmd"] = ["s3cmd", "--quiet", "--no-ssl", f"--host={server.address}",
                          f"--host-bucket={server.address}", f"--access_key={ACCESS_KEY}",
                          f"--secret_key={SECRET_KEY}", "put", file, f"s3://{BUCKET}/s{turn}"]
    return names


def main():
    build, file = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    seconds = {}
    with Versitygw() as server, tempfile.TemporaryDirectory() as home:
        settings = os.environ | server.env() | {"HOME": home, "AWS_DEFAULT_REGION": "us-east-1"}
        for turn in range(TURNS):
            for name, command in commands(build, file, server, turn).items():
                started = time.monotonic()
                subprocess.run(command, env=settings, check=True)
                seconds.setdefault(name, []).append(time.monotonic() - started)
    print(f"{file.stat().st_size} bytes; load {os.getloadavg()[0]:.1f}")
    for name, times in seconds.items():
        print(f"{name}: median {statistics.median(times):.2f} s of "
              + " ".join(f"{t:.2f}" for t in times))


main()
