"""The pipelines that we ship are valid, pinned, and cannot send for a pull request."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tipsheet.clock import current_time
from tipsheet.editing.starter import NewPublication, starter_files

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/how-to/publish-on-a-schedule.md"
WORKFLOW = ".github/workflows/publish.yml"


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    """The workflow as `tipsheet init` writes it."""
    file = tmp_path / WORKFLOW
    file.parent.mkdir(parents=True)
    file.write_text(
        starter_files(NewPublication(name="Letter"), current_time({"SOURCE_DATE_EPOCH": "1795338000"}))[WORKFLOW]
    )
    return file


def jobs(workflow: Path) -> dict[str, Any]:
    return yaml.safe_load(workflow.read_text())["jobs"]


def valid(schema: str, file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_is_one_that_github_reads(workflow: Path) -> None:
    valid("github-workflows", workflow)


def test_zizmor_finds_nothing(workflow: Path) -> None:
    program = Path(sys.executable).with_name("zizmor")
    command = [program, "--offline", "--no-progress", "--persona", "pedantic", "--strict-collection", workflow]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_to_a_commit_and_says_its_version(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text())
    assert used
    assert all(re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)


def test_who_builds_may_only_read_and_knows_no_secret(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text())
    assert document["permissions"] == {}
    assert document["jobs"]["build"]["permissions"] == {"contents": "read"}
    assert "secrets." not in yaml.safe_dump(document["jobs"]["build"])
    assert document["jobs"]["send"]["permissions"] == {"contents": "read"}


def test_the_cache_holds_the_state_alone_and_only_a_push_to_main_saves_it(workflow: Path) -> None:
    steps = jobs(workflow)["build"]["steps"]
    restore, save = [step for step in steps if step.get("uses", "").startswith("actions/cache/")]
    assert {step["with"]["path"] for step in (restore, save)} == {".tipsheet/state*"}
    assert save["if"] == "github.event_name == 'push'"
    assert yaml.safe_load(workflow.read_text())[True]["push"] == {"branches": ["main"]}
    assert [step for job in ("site", "send") for step in jobs(workflow)[job]["steps"] if "cache" in str(step)] == []


def test_a_pull_request_never_sends(workflow: Path) -> None:
    send = jobs(workflow)["send"]
    assert "github.event_name != 'pull_request'" in send["if"]
    assert "github.ref == 'refs/heads/main'" in send["if"]
    assert "pull_request_target" not in workflow.read_text()
    assert send["environment"] == "letters"
    assert [name for name, job in jobs(workflow).items() if "secrets." in yaml.safe_dump(job)] == ["send"]


def test_two_runs_do_not_send_at_once_and_none_is_cancelled(workflow: Path) -> None:
    assert jobs(workflow)["send"]["concurrency"] == {"group": "letters", "cancel-in-progress": False}


def test_it_runs_every_20_minutes_off_the_hour(workflow: Path) -> None:
    (schedule,) = yaml.safe_load(workflow.read_text())[True]["schedule"]  # YAML 1.1 reads `on` as true
    minutes = [int(minute) for minute in schedule["cron"].split()[0].split(",")]
    assert minutes == [7, 27, 47]
    assert schedule["cron"].split()[1:] == ["*"] * 4


def test_the_pipeline_for_gitlab_is_one_that_it_reads(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(# \.gitlab-ci\.yml\n.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(found[1])
    valid("gitlab-ci", file)
    (rule,) = yaml.safe_load(found[1])["send"]["rules"]
    assert rule["if"] == '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_REF_PROTECTED == "true"'


@pytest.mark.parametrize("section", ["[Service]", "[Timer]"])
def test_units_for_systemd_have_a_form_that_it_reads(section: str) -> None:
    (unit,) = [text for text in re.findall(r"```ini\n(.*?)```", GUIDE.read_text(), re.DOTALL) if section in text]
    lines = [line for line in unit.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=.+", line) for line in lines)


def test_everything_is_installed_by_hash(workflow: Path) -> None:
    """K12: in the workflow that `init` writes and in the pipelines of the guides."""
    guides = (ROOT / "docs/how-to").glob("publish-*.md")
    lines = [line for file in (workflow, *guides) for line in file.read_text().split("\n") if "pip install" in line]
    assert len(lines) > 5
    ours = "pip install --no-deps --no-build-isolation ./tool"
    assert [line for line in lines if "--require-hashes --no-deps -r tool/" not in line and ours not in line] == []
    for name in set(re.findall(r"-r tool/(\S+)", "\n".join(lines))):
        locked = (ROOT / name).read_text()
        assert len(re.findall(r"(?m)^[a-z0-9-]+==", locked)) <= locked.count("--hash=sha256:")
