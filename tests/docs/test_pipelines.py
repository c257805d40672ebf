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
from tipsheet.review.changes import guards_in

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/how-to/publish-on-a-schedule.md"
WORKFLOW, REVIEW = ".github/workflows/publish.yml", ".github/workflows/review.yml"


def written(name: str, folder: Path) -> Path:
    """The workflow as `tipsheet init` writes it."""
    file = folder / name
    file.parent.mkdir(parents=True)
    now = current_time({"SOURCE_DATE_EPOCH": "1795338000"})
    file.write_text(starter_files(NewPublication(name="Letter"), now)[name])
    return file


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    """The one that publishes."""
    return written(WORKFLOW, tmp_path)


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """The one that comments."""
    return written(REVIEW, tmp_path)


def jobs(workflow: Path) -> dict[str, Any]:
    return yaml.safe_load(workflow.read_text())["jobs"]


def valid(schema: str, file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


BOTH = pytest.mark.parametrize("name", [WORKFLOW, REVIEW])


@BOTH
def test_the_workflow_is_one_that_github_reads(name: str, tmp_path: Path) -> None:
    valid("github-workflows", written(name, tmp_path))


@BOTH
def test_zizmor_finds_nothing(name: str, tmp_path: Path) -> None:
    program, file = Path(sys.executable).with_name("zizmor"), written(name, tmp_path)
    command = [program, "--offline", "--no-progress", "--persona", "pedantic", "--strict-collection", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@BOTH
def test_every_action_is_pinned_to_a_commit_and_says_its_version(name: str, tmp_path: Path) -> None:
    used = re.findall(r"uses: (.+)", written(name, tmp_path).read_text())
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
    assert send["steps"][-1]["env"]["TIPSHEET_REVIEW"] == "${{ vars.TIPSHEET_REVIEW }}"


def test_a_pull_request_is_built_where_nothing_can_be_stolen(workflow: Path) -> None:
    """X12: it reads, keeps no credential, knows no secret, and leaves data for who comments elsewhere."""
    steps = jobs(workflow)["build"]["steps"]
    checkout = next(step for step in steps if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["persist-credentials"] is False
    assert checkout["with"]["fetch-depth"] == 2
    (told,) = [step for step in steps if "tipsheet diff" in step.get("run", "")]
    assert told["if"] == "github.event_name == 'pull_request'"
    left = {step["with"]["name"]: step for step in steps if "upload-artifact" in step.get("uses", "")}
    assert {name for name, step in left.items() if step["if"] == told["if"]} == {"changes", "review"}
    assert left["review"]["with"]["path"].split() == ["site/", "outbox/", "review/"]


def test_who_comments_runs_no_code_of_the_pull_request_and_knows_no_secret(review: Path) -> None:
    text = review.read_text()
    assert yaml.safe_load(text)["permissions"] == {}
    assert "secrets." not in text
    checkouts = [step for job in jobs(review).values() for step in job["steps"] if "checkout@" in step.get("uses", "")]
    assert [set(step["with"]) for step in checkouts] == [{"submodules", "persist-credentials"}]  # no ref: of main
    assert all("${{" not in step["run"] for job in jobs(review).values() for step in job["steps"] if "run" in step)
    assert "github.event.workflow_run.event == 'pull_request'" in jobs(review)["gather"]["if"]


def test_no_package_is_installed_near_a_token(review: Path) -> None:
    """The job that installs may check out, and hands its token to no step; the one that posts runs nothing of ours."""
    found = jobs(review)
    assert {name: job["permissions"] for name, job in found.items()} == {
        "gather": {"actions": "read", "pull-requests": "read"},
        "words": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }
    installing = {name for name, job in found.items() if re.search(r"pip |setup-python|tipsheet diff --read", str(job))}
    knowing = {name for name, job in found.items() if "github.token" in str(job) or "GH_TOKEN" in str(job)}
    assert (installing, knowing) == ({"words"}, {"gather", "comment"})
    first, *others = found["comment"]["steps"]
    assert first["uses"].startswith("actions/download-artifact@")
    assert set(first["with"]) == {"name", "path"}  # of this run, for which no permission is needed
    assert [set(step) - {"name", "shell"} for step in others] == [{"run"}, {"run", "env"}]


def test_the_number_of_the_pull_request_comes_from_github(review: Path) -> None:
    """Not from a file that another job has made."""
    found = jobs(review)
    assert found["gather"]["outputs"] == {"number": "${{ steps.pull.outputs.number }}"}
    assert found["words"]["if"] == "needs.gather.outputs.number"
    assert found["comment"]["needs"] == ["gather", "words"]
    assert found["comment"]["steps"][-1]["env"]["NUMBER"] == "${{ needs.gather.outputs.number }}"
    (_, *others) = found["gather"]["steps"]
    assert {step["if"] for step in others} == {"steps.pull.outputs.number"}


def run_step(review: Path, job: str, step: str, tmp_path: Path, **said: str) -> subprocess.CompletedProcess[str]:
    """Run a step with a program in the place of GitHub's."""
    (script,) = [one["run"] for one in jobs(review)[job]["steps"] if one.get("name") == step]
    program = tmp_path / "gh"
    program.write_text(
        "#!/bin/bash\n"
        'case "$*" in *"--method GET"*) echo -n "$SAID_NUMBER";; *pulls/*/files*) printf "%b" "$SAID_FILES";;'
        ' *--paginate*) echo "$SAID_COMMENT";; *) echo "$4 $5" >> "$RUNNER_TEMP/calls";; esac\n'
    )
    program.chmod(0o755)
    environ = {
        "PATH": f"{tmp_path}:/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output"),
        "REPOSITORY": "us/letter", "HEAD": "them:a; touch hacked", "COMMIT": "0" * 40,
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], env=environ | said, cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def scripted(review: Path, job: str, step: str, tmp_path: Path, **said: str) -> dict[str, str]:
    """Run a step that succeeds; returns outputs, calls and names of files."""
    done = run_step(review, job, step, tmp_path, **said)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "hacked").exists()
    made = {"output": "output", "calls": "calls", "files.txt": "gathered/files.txt"}
    return {name: (tmp_path / path).read_text() for name, path in made.items() if (tmp_path / path).exists()}


MARKED = b"<!-- tipsheet diff -->\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (MARKED + "ö\n".encode() * 60_000, ""),
        (MARKED + b"x" * 262_144, "it is too long"),
        (MARKED + b"\xff", "it is no text"),
        (MARKED + b"\0", "it is no text"),
        (b"@everybody\n" + MARKED, "it does not begin with its mark"),
        (b"", "it does not begin with its mark"),
    ],
    ids=["a comment", "long", "other bytes", "NUL", "no mark", "empty"],
)
def test_a_comment_is_looked_at_before_it_is_posted(review: Path, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "comment").mkdir()
    (tmp_path / "comment/comment.md").write_bytes(content)
    done = run_step(review, "comment", "Look at the comment", tmp_path)
    assert (done.returncode, said in done.stdout) == (1 if said else 0, True)


@pytest.mark.parametrize("kind", ["link", "folder", "none", "two"])
def test_a_comment_is_one_plain_file(review: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "comment"
    folder.mkdir()
    (tmp_path / "secret.md").write_bytes(MARKED)
    match kind:
        case "link":
            (folder / "comment.md").symlink_to(tmp_path / "secret.md")
        case "folder":
            (folder / "comment.md").mkdir()
        case "two":
            (folder / "comment.md").write_bytes(MARKED)
            (folder / "more").touch()
    done = run_step(review, "comment", "Look at the comment", tmp_path)
    assert (done.returncode, "::error::The comment is not posted" in done.stdout) == (1, True)


@pytest.mark.parametrize("kind", ["plain", "link", "none"])
def test_of_what_the_build_left_one_file_goes_on(review: Path, tmp_path: Path, kind: str) -> None:
    for name in ("changes", "gathered"):
        (tmp_path / name).mkdir()
    (tmp_path / "changes/comment.md").touch()
    match kind:
        case "plain":
            (tmp_path / "changes/changes.json").write_text("{}")
        case "link":
            (tmp_path / "changes/changes.json").symlink_to("/etc/passwd")
    done = run_step(review, "gather", "Put the data beside the names", tmp_path)
    assert done.returncode == (0 if kind == "plain" else 1)
    assert [file.name for file in (tmp_path / "gathered").iterdir()] == (["changes.json"] if kind == "plain" else [])


@pytest.mark.parametrize(
    ("comment", "call"),
    [("", "POST repos/us/letter/issues/7/comments\n"), ("41", "PATCH repos/us/letter/issues/comments/41\n")],
    ids=["the first", "the same one again"],
)
def test_there_is_one_comment_and_it_is_changed(review: Path, tmp_path: Path, comment: str, call: str) -> None:
    step = "Write the comment, or change the one that is there"
    assert scripted(review, "comment", step, tmp_path, NUMBER="7", SAID_COMMENT=comment) == {"calls": call}


FIND = "Find the pull request and the names of its files"


@pytest.mark.parametrize(
    ("number", "files", "found"),
    [
        ("7", "mkdocs.yml\\ncontent/a.md\\n", {"output": "number=7\n", "files.txt": "mkdocs.yml\ncontent/a.md\n"}),
        ("", "mkdocs.yml\\n", {}),
    ],
    ids=["there", "closed meanwhile"],
)
def test_the_pull_request_and_its_files_are_asked_of_github(
    review: Path, tmp_path: Path, number: str, files: str, found: dict[str, str]
) -> None:
    """Not of what its build left, which may say anything."""
    assert scripted(review, "gather", FIND, tmp_path, SAID_NUMBER=number, SAID_FILES=files) == found


def test_more_files_than_github_lists_are_not_hidden(review: Path, tmp_path: Path) -> None:
    told = scripted(review, "gather", FIND, tmp_path, SAID_NUMBER="7", SAID_FILES="content/a.md\\n" * 3000)
    assert guards_in(told["files.txt"].splitlines()) != ()


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


def test_everything_is_installed_by_hash(workflow: Path, tmp_path: Path) -> None:
    """K12: in the workflow that `init` writes and in the pipelines of the guides."""
    guides = (ROOT / "docs/how-to").glob("publish-*.md")
    ours = (workflow, written(REVIEW, tmp_path / "too"))
    lines = [line for file in (*ours, *guides) for line in file.read_text().split("\n") if "pip install" in line]
    assert len(lines) > 5
    own = "pip install --no-deps --no-build-isolation ./tool"
    assert [line for line in lines if "--require-hashes --no-deps -r tool/" not in line and own not in line] == []
    for name in set(re.findall(r"-r tool/(\S+)", "\n".join(lines))):
        locked = (ROOT / name).read_text()
        assert len(re.findall(r"(?m)^[a-z0-9-]+==", locked)) <= locked.count("--hash=sha256:")
