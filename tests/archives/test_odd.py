"""Texts as they are found on sites of each generator: what comes of them, and a check and a build of it all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.archives.corpus import NOW
from tests.archives.test_shapes import lay
from tests.folders import write_publication
from tipsheet.archives import Plan, Wanted, carry_out, open_source, plan_import
from tipsheet.cli import main
from tipsheet.press import prepare

ARCHIVES: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("odd.yml").read_text("utf-8"))
POSTS = [(shape, post) for shape, archive in ARCHIVES.items() for post in archive["posts"]]
BROKEN = {"empty.md": b" \n", "picture.md": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "textile.textile": b"h1. A\n"}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Plan]]:
    """A publication into which these archives have come, and what came of each."""
    folder = tmp_path_factory.mktemp("odd")
    root = write_publication(folder / "publication", {})
    plans = {}
    for shape, archive in ARCHIVES.items():
        source = lay(folder / shape, archive)
        for post in archive["posts"]:
            header = post.get("header", "")
            head = header if shape == "pelican" else f"---\n{header}\n---\n"
            text = post["text"] if header is None else f"{head}\n\n{post['text']}\n"
            (source / post["name"]).parent.mkdir(exist_ok=True)
            (source / post["name"]).write_text(text.removeprefix("\n"), "utf-8")
        if shape == "jekyll":
            for name, data in BROKEN.items():
                (source / f"_posts/2013-02-11-{name}").write_bytes(data)
        before = prepare(root, now=NOW)
        assert before.settings is not None
        assert before.publication is not None
        plans[shape] = plan_import(root, open_source(source), before.settings, before.publication, Wanted())
        carry_out(root, plans[shape])
    return root, plans


@pytest.mark.parametrize(("shape", "post"), POSTS, ids=[post["name"] for _, post in POSTS])
def test_a_text_comes_as_its_site_showed_it_or_is_told(
    shape: str, post: Mapping[str, Any], plans: tuple[Path, Mapping[str, Plan]]
) -> None:
    _, plan = plans[0], plans[1][shape]
    outcome = next(one for one in plan.outcomes if one.where.path == post["name"])
    header, _, body = plan.files[outcome.path].decode().partition("\n---\n\n")
    assert body.rstrip("\n") == post.get("body", post["text"])
    assert all(line in header.splitlines() for line in post.get("wanted", "").splitlines())
    told = [str(one) for one in outcome.left if not one.cause.startswith(("an empty title", "the date of the file"))]
    wanted = post.get("told", [])
    assert len(told) == len(wanted)
    assert all(any(line.endswith(said) for line in told) for said in wanted), told


@pytest.mark.parametrize("shape", ARCHIVES)
def test_what_does_not_come_of_an_archive_is_told_with_its_line(
    shape: str, plans: tuple[Path, Mapping[str, Plan]]
) -> None:
    plan = plans[1][shape]
    assert plan.shape.name == shape
    assert set(ARCHIVES[shape].get("told", ())) <= set(map(str, plan.everything_left()))
    for name, body in ARCHIVES[shape].get("come", {}).items():
        assert plan.files[f"content/tipsheets/{name}"].decode().endswith(f"\n---\n\n{body}")


def test_all_of_it_is_checked_and_built(plans: tuple[Path, Mapping[str, Plan]]) -> None:
    root, _ = plans
    checked = CliRunner().invoke(main, ["-C", str(root), "check", "--now", "2026-11-24"])
    findings = {line.split()[1] for line in checked.output.splitlines() if line.startswith("content/")}
    assert (checked.exit_code, findings - {"TS230"}) == (0, set()), checked.output
    built = CliRunner().invoke(main, ["-C", str(root), "build", "--now", "2026-11-24"])
    assert built.exit_code == 0, built.output
