"""What packaging/ runs at night, and what docs/operating.md says of it, fit together."""
import pathlib
import re
import subprocess

import pytest
from pageview_site import FIRST

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "packaging").glob("*.service"))
JOBS = re.findall(r"^[\d*].*?  pqa  (.*)$", (ROOT / "packaging" / "crontab").read_text(), re.M)
INSTALLED = "/usr/local/bin/pqa"


def setting(unit, name):
    return re.search(rf"(?m)^{name}=(.*)$", unit.read_text())[1]


def test_units_and_crontab_run_the_same_commands(sqlite_pqa):
    started = [setting(unit, "ExecStart") for unit in UNITS]
    assert sorted(started) == sorted(re.search(r"exec (.*?) >", job)[1] for job in JOBS)
    for command in started:
        assert command.split()[0] == INSTALLED
        sqlite_pqa(*command.split()[1:], "--help")


def test_the_night_may_write_what_the_documents_set():
    text = (ROOT / "docs" / "operating.md").read_text()
    [nightly] = [unit for unit in UNITS if "nightly" in unit.name]
    writable = [path.lstrip("-") for path in setting(nightly, "ReadWritePaths").split()]
    writable.append(f"/var/lib/{setting(nightly, 'StateDirectory')}")
    paths = re.findall(r"(?m)^(?:store|report-file|metrics-file) = (/\S+)$", text)
    assert len(paths) == 3
    for path in paths:
        assert any(path == folder or path.startswith(folder + "/") for folder in writable), path


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.split(INSTALLED)[1].split()[0])
def test_a_job_of_the_crontab_has_its_secrets_and_lets_the_group_read(sqlite_pqa, tmp_path, job):
    sqlite_pqa("export", "--date", FIRST, umask=0o077)
    (tmp_path / "environment").write_text(f"PQA_DB='{sqlite_pqa.db}'\n")
    sqlite_pqa.db = None
    command = job.replace(INSTALLED, sqlite_pqa.path).replace("/etc/pqa", str(tmp_path))
    sqlite_pqa.settings = {"PQA_REPORT_FILE": str(tmp_path / "runs")}
    done = subprocess.run(["sh", "-c", command], env=sqlite_pqa.environment(), text=True,
                          capture_output=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    if "nightly" in job:
        assert (tmp_path / "runs").stat().st_mode & 0o777 == 0o640
