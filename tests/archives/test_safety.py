"""Sources that are damaged or hostile: nothing is read outside of them, nothing swells, and the rest comes along."""

import io
import json
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.archives.corpus import NOW
from tests.conftest import Write
from tests.folders import write_png
from tipsheet.archives import Fate, Wanted, plan_import, source
from tipsheet.archives.generators import date_of_file, no_text
from tipsheet.archives.headers import date_in_name, headed, moment_of
from tipsheet.archives.source import UnreadableSourceError, decoded, open_source
from tipsheet.cli import main
from tipsheet.press import prepare


def run(root: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(root), *args, "--now", "2026-11-24"])


def archive(path: Path, entries: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    path.write_bytes(data.getvalue())
    return path


def test_an_archive_cannot_lead_out_of_itself_nor_swell(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("in/link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(
        tmp_path / "a.zip",
        {
            "in/2020-01-01-a.md": b"# A\n\nText.\n", "../out.md": b"x", "/abs.md": b"x", "C:/x.md": b"x",
            link: b"/etc/passwd", "in/bomb.md": b"0" * 30_000_000, "__MACOSX/in/x.md": b"x",
        },
    )  # fmt: skip
    files = open_source(path)
    assert files.names == ("2020-01-01-a.md",)
    assert sorted((one.where.path, one.cause) for one in files.left) == [
        ("../out.md", "a name that leads out of the archive"),
        ("/abs.md", "a name that leads out of the archive"),
        ("C:/x.md", "a name that leads out of the archive"),
        ("in/bomb.md", "a file that unpacks to far more than its size"),
        ("in/link.md", "a link in the archive"),
    ]


def test_a_link_to_a_file_outside_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret", "utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.md").write_text("a", "utf-8")
    (tmp_path / "in/b.md").symlink_to(tmp_path / "secret.md")
    files = open_source(tmp_path / "in")
    assert files.names == ("a.md",)
    assert [one.cause for one in files.left] == ["a link to a file outside the source"]


@pytest.mark.parametrize("name", ["none.zip", "broken.zip"])
def test_a_source_that_is_none_is_told_with_a_remedy(name: str, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(UnreadableSourceError) as caught:
        open_source(tmp_path / name)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"),
        ("é".encode("utf-16"), "é"),
        (b"caf\xe9 \x93q\x94", "café “q”"),
        (b'<?xml version="1.0" encoding="iso-8859-2"?>\xb1', '<?xml version="1.0" encoding="iso-8859-2"?>ą'),
    ],
)
def test_texts_are_read_whatever_their_encoding(data: bytes, text: str) -> None:
    assert decoded(data) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"# A\n\nText.", ""),
        (b"caf\xe9", ""),
        (b"\xef\xbb\xbf\r\n \t\n", "an empty file"),
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "a file that is no text"),
        (bytes(range(256)), "a file that is no text"),
    ],
)
def test_a_file_that_is_no_text_is_told(data: bytes, reason: str) -> None:
    assert no_text(decoded(data)) == reason


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2019-07-26T20:48:19.814Z", "2019-07-26T20:48:19+00:00"),
        ("2015-01-02 10:00:00 -0500", "2015-01-02T10:00:00-05:00"),
        ("Tue, 06 May 2014 08:00:00 +0000", "2014-05-06T08:00:00+00:00"),
        ("May 05, 2020 09:30 pm", "2020-05-05T21:30:00"),
        ("6th May 2014", "2014-05-06T00:00:00"),
        ("6.5.2014", "2014-05-06T00:00:00"),
        ("5/6/2014", "2014-05-06T00:00:00"),
        ("2014/05/06", "2014-05-06T00:00:00"),
        ("1399363200", "2014-05-06T08:00:00+00:00"),
        ("20140506", "2014-05-06T00:00:00"),
        ("1st of May, 2014", "2014-05-01T00:00:00"),
        ("Mai 2014", "2014-05-01T00:00:00"),
        ("4. März 2014, 10:30", "2014-03-04T10:30:00"),
        ("4 de marzo de 2014", "2014-03-04T00:00:00"),
        ("le 1er août 2014", "2014-08-01T00:00:00"),
        ("2014-05-06 25:61", "2014-05-06T00:00:00"),
        ("2014-05-06 24:00:00", "2014-05-06T00:00:00"),
        ("3rd Brumaire 2014", None),
        ("2019-02-31", None),
        ("soon", None),
        (None, None),
    ],
)
def test_dates_in_many_forms(written: str | None, moment: str | None) -> None:
    found = moment_of(written)
    assert (found and found.isoformat()) == moment


@pytest.mark.parametrize(
    ("name", "day", "rest"),
    [
        ("2014-05-06-ask", "2014-05-06", "ask"),
        ("2014-5-6-ask", "2014-05-06", "ask"),
        ("ask_20140506", "2014-05-06", "ask"),
        ("201405061530 Ask", "2014-05-06", "Ask"),
        ("2014-05-06T1530-ask", "2014-05-06", "ask"),
        ("2014-13-45-ask", None, None),
        ("12345678901234567", None, None),
    ],
)
def test_the_name_of_a_file_holds_a_day(name: str, day: str | None, rest: str | None) -> None:
    found = date_in_name(name)
    assert (found and f"{found[0]:%Y-%m-%d}", found and found[1]) == (day, rest)


@pytest.mark.parametrize(
    ("text", "header", "body"),
    [
        ("---\ntitle: A\n---\nB", {"title": "A"}, "B"),
        ("---\ntitle: A: a\ntags:\n  - x\n---\nB", {"title": "A: a", "tags": ["x"]}, "B"),
        ("---\ntags:\n\t- x\n---\nB", {"tags": ["x"]}, "B"),
        ("---\n\nA text: with a colon.\n\nAnd more.\nAnd more.\n\n---\nB", {}, None),
        ("+++\ntitle = A\n+++\nB", {"title": "A"}, "B"),
        ("title: A\ntags:\n- x\n---\nB", {"title": "A", "tags": ["x"]}, "B"),
        ("Title: a heading\n---\nB", {}, None),
    ],
)
def test_a_header_is_one_of_lines_with_keys(text: str, header: dict[str, object], body: str | None) -> None:
    """What stands between two lines across is text, where its lines have no keys."""
    found = headed(text)
    assert (found.header, found.body) == (header, text if body is None else body)


def test_one_bad_item_does_not_stop_the_rest(publication: Write, tmp_path: Path) -> None:
    texts = {
        "2020-01-01-deep.md": "> " * 3000 + "x\n",
        "2020-01-02-html.html": "<div>" * 3000 + "x",
        "2020-01-03-good.md": "Good.\n",
        "2020-01-04-header.md": "---\ntitle: [\n---\nText.\n",
        "2020-01-05-block.md": "/// action | Do it { id=x }\n\n@@first_name@@\n\n///\n",
        "2020-01-06-script.md": '<script>alert(1)</script>\n\n<a href="javascript:x()">x</a>\n',
        "2020-01-07-picture.md": '<img src="https://x.example/a.png" onerror="x">\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    root = publication({})
    result = run(root, "import", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert (root / "content/tipsheets/2020/2020-01-03-good.md").read_text("utf-8").endswith("\n\nGood.\n")
    checked = run(root, "check")
    assert checked.exit_code == 0, checked.output


def test_a_date_from_git_runs_nothing_that_the_repository_names_and_tells_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with a ``.git`` may come from anybody; its configuration may name a program that reads signatures."""
    old, told, program = tmp_path / "old", tmp_path / "told", tmp_path / "signs"
    program.write_text(
        f"#!/bin/sh\nenv > {told}\necho '[GNUPG:] SIG_CREATED ' >&2\necho '-----BEGIN PGP SIGNATURE-----'\n"
    )
    program.chmod(0o755)
    old.mkdir()
    (old / "a.md").write_text("# A\n\nText.\n")
    monkeypatch.setenv("TIPSHEET_SECRET", "of nobody else")
    for name, value in (("GIT_AUTHOR_DATE", "2011-05-02T10:00:00Z"), ("GIT_COMMITTER_DATE", "2011-05-02T10:00:00Z")):
        monkeypatch.setenv(name, value)
    signed = ("-c", "user.name=A", "-c", "user.email=a@x.example", "commit", "-q", "-S", "-m", "One")
    settings = (("gpg.program", str(program)), ("log.showSignature", "true"))
    for words in (("init", "-q"), *(("config", *one) for one in settings), ("add", "-A"), signed):
        subprocess.run(["git", "-C", old, *words], check=True)
    told.unlink()
    moment, _ = date_of_file(open_source(old), "a.md")
    assert (str(moment), told.exists()) == ("2011-05-02 10:00:00+00:00", False)


def test_a_damaged_or_encrypted_file_in_an_archive_is_told_and_the_rest_comes(
    publication: Write, tmp_path: Path
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as target:
        for name, text in {
            "2020-01-01-a.md": "Damaged",
            "2020-01-02-b.md": "Secret",
            "2020-01-03-c.md": "# Good\n\nText.",
        }.items():
            target.writestr(name, text)
        target.writestr("a.json", "{}")
    content = bytearray(data.getvalue().replace(b"Damaged", b"damaged"))
    content[content.index(b"2020-01-02-b.md", content.index(b"PK\x01\x02")) - 38] |= 1  # 4.4.4: encrypted
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    root = publication({})
    result = run(root, "import", str(path))
    assert "2020-01-02-b.md:1: an encrypted file" in result.output
    assert "2020-01-01-a.md:1: a file that cannot be read: 2020-01-01-a.md cannot be unpacked" in result.output
    assert (root / "content/tipsheets/2020/2020-01-03-good.md").exists() or "c.md  Good" in result.output


@pytest.mark.parametrize(("name", "value"), [("LARGEST", 3), ("MOST_FILES", 1), ("MOST_UNPACKED", 1)])
def test_more_than_any_export_holds_is_an_error(
    name: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, name, value)
    (tmp_path / "in").mkdir()
    for file in ("a.md", "b.md"):
        (tmp_path / "in" / file).write_text("Text.", "utf-8")
    packed = archive(tmp_path / "a.zip", {"a.md": b"Text.", "b.md": b"Text."})
    for path in (packed, *([tmp_path / "in"] if name != "MOST_UNPACKED" else [])):
        with pytest.raises(UnreadableSourceError) as caught:
            open_source(path).read("a.md")
        assert caught.value.hint


def test_an_item_that_breaks_a_parser_is_told_and_the_rest_comes(publication: Write, tmp_path: Path) -> None:
    def fetch(address: str) -> bytes:
        raise RecursionError(address)

    old = tmp_path / "old"
    old.mkdir()
    (old / "2020-01-01-a.md").write_text("# A\n\n![B](https://x.example/b.png)\n", "utf-8")
    (old / "2020-01-02-b.md").write_text("# B\n\nText.\n", "utf-8")
    root = publication({})
    before = prepare(root, now=NOW)
    assert before.settings is not None
    assert before.publication is not None
    plan = plan_import(root, open_source(old), before.settings, before.publication, Wanted(fetch=fetch))
    assert [one.fate for one in plan.outcomes] == [Fate.LEFT, Fate.NEW]
    assert str(plan.outcomes[0].left[0]) == (
        "2020-01-01-a.md:1: an item that cannot be read: RecursionError: https://x.example/b.png"
    )


def test_a_report_for_programs_and_one_with_many_of_one_cause(publication: Write, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for number in range(25):
        (old / f"2020-01-01-{number}.md").write_text(f"# A {number}\n\n<button>B</button>\n", "utf-8")
    cover = "---\ntitle: Cover\ndate: 2020-02-01\nimage: b.png\ncover: b.png\ndescription: {}\n---\nText.\n"
    (old / "2020-02-01-cover.md").write_text(cover.format("word " * 100), "utf-8")
    (old / "2020-02-02-gone.md").write_text(cover.replace("b.png", "gone.png").format("A"), "utf-8")
    write_png(old / "b.png", 900, 600)
    root = publication({})
    short = run(root, "import", str(old), "--dry-run")
    assert "2020-01-01-0.md:3: a button, and 24 more like this; -v lists them" in short.output
    assert short.output.count("a button") == 1
    assert run(root, "import", str(old), "--dry-run", "-v").output.count("a button") == 25
    told = run(root, "import", str(old), "--dry-run", "--json", "-q").output
    report = json.loads(told[told.index("{") :])
    assert (report["shape"], len(report["items"])) == ("plain", 27)
    assert report["items"][0]["left"] == [{"path": "2020-01-01-0.md", "line": 3, "cause": "a button", "detail": ""}]
    assert "the cover: a picture that is not in the source: gone.png" in short.output
    run(root, "import", str(old))
    header = (root / "content/tipsheets/2020/2020-02-01-cover.md").read_text("utf-8")
    assert '\nimage: {src: "../../images/archive/b-' in header
    assert "word…\n" in header
