"""Two builds compared, from content to what readers see (X12)."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audience.people import add_confirmed
from tests.folders import MKDOCS, article, issue, write_publication
from tipsheet.review.changes import (
    Change,
    Changes,
    LetterChange,
    SegmentChange,
    UnreadableChangesError,
    changes_from,
    guards_in,
    json_of,
)
from tipsheet.review.comparison import changes_between, with_readers
from tipsheet.review.report import markdown_of, text_of
from tipsheet.review.revision import BuiltSide, build_side
from tipsheet.store.database import open_store

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
FOR_MANAGERS = "\n/// only | managers\n\nOnly {} managers.\n\n///\n"
ISSUES = "content/tipsheets/2026"
BAKERS = "        bakers: {title: Bakers, where: {tag: bakes}}\n"
OTHER_SITE = "use_directory_urls: false\n" + MKDOCS.replace("//sheet.", "//other.")
BEFORE = {
    f"{ISSUES}/kept.md": issue(id="kept", title="Kept", date="2026-11-10", body="Kept as it is."),
    f"{ISSUES}/told.md": issue(
        id="told", title="Told", date="2026-11-24", body="Some words." + FOR_MANAGERS.format("old")
    ),
    f"{ISSUES}/moved.md": issue("slug: old-name\n", id="moved", title="Moved", date="2026-11-12"),
    f"{ISSUES}/lost.md": issue("slug: lost-name\n", id="lost", title="Lost", date="2026-10-27"),
    f"{ISSUES}/gone.md": issue(id="gone", title="Gone", date="2026-10-13"),
    f"{ISSUES}/again.md": issue(id="again", title="Again", date="2026-10-06"),
    f"{ISSUES}/named.md": issue(id="named", title="Named", date="2026-09-29", body="See [it](told.md)."),
    f"{ISSUES}/titled.md": issue(id="titled", title="Titled", date="2026-11-13", body="As it was."),
    "content/articles/long.md": article(id="long", title="Long", date="2026-09-01"),
    "content/about.md": "# About\n\nWho we are. See [there](https://a.example/).\n",
}
AFTER = {
    **BEFORE,
    f"{ISSUES}/told.md": issue(
        id="told", title="Told", date="2026-11-24", body="Some words." + FOR_MANAGERS.format("new"), subject="Told anew"
    ),
    f"{ISSUES}/moved.md": issue("slug: new-name\naliases: [old-name]\n", id="moved", title="Moved", date="2026-11-12"),
    f"{ISSUES}/lost.md": issue("slug: found-name\n", id="lost", title="Lost", date="2026-10-27"),
    f"{ISSUES}/again.md": issue(id="another", title="Again", date="2026-10-06"),
    f"{ISSUES}/fresh.md": issue("audience: [managers]\n", id="fresh", title="Fresh", date="2026-12-01"),
    "content/about.md": "# About\n\nWho we were. See [there](https://b.example/).\n",
    f"{ISSUES}/renamed.md": issue(
        "slug: named\n", id="named", title="Named", date="2026-09-29", body="See [it](told.md)."
    ),
    f"{ISSUES}/titled.md": issue(id="titled", title="'Titled `anew`'", date="2026-11-13", body="As it was."),
    "mkdocs.yml": MKDOCS.replace(
        "        toronto:", "        bakers: {title: Bakers, where: {tag: bakes}}\n        toronto:"
    ),
    "hooks/own.py": "",
}


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[BuiltSide, BuiltSide]:
    folder = tmp_path_factory.mktemp("sides")
    built = []
    for name, files in (("before", BEFORE), ("after", AFTER)):
        root = write_publication(folder / "of" / name, files)
        if name == "after":
            for gone in ("gone", "named"):
                (root / f"{ISSUES}/{gone}.md").unlink()
        built.append(build_side(root, folder / name, environ={}, now=NOW))
    return built[0], built[1]


@pytest.fixture(scope="module")
def found(sides: tuple[BuiltSide, BuiltSide]) -> Changes:
    return changes_between(*sides, revision="main")


def test_letters_are_compared_for_each_audience(found: Changes) -> None:
    letters = {letter.issue: letter for letter in found.letters}
    assert "kept" not in letters
    assert letters["told"].state == "coming"
    told = [(one.audiences, one.change) for one in letters["told"].audiences]
    assert told == [(("everyone", "sellers", "bakers", "toronto"), Change.CHANGED), (("managers",), Change.CHANGED)]
    words = [line.text for line in letters["told"].audiences[1].difference.lines if line.op == "added"]
    assert "Only new managers." in words
    assert letters["told"].audiences[0].difference.subject == ("Told", "Told anew")
    assert [(one.audiences, one.change) for one in letters["fresh"].audiences] == [(("managers",), Change.NEW)]


def test_a_segment_that_is_new_or_gone_changes_no_letter_by_itself(
    found: Changes, sides: tuple[BuiltSide, BuiltSide]
) -> None:
    """Its readers got the letter of everyone before; where they read something else now, that is told."""
    assert {letter.issue for letter in found.letters} == {"told", "titled", "fresh"}
    back = changes_between(sides[1], sides[0], revision="main")
    assert {letter.issue for letter in back.letters} == {letter.issue for letter in found.letters}
    told = next(letter for letter in back.letters if letter.issue == "told")
    assert told.audiences[0].audiences == ("everyone", "sellers", "toronto", "bakers")


def test_a_file_with_another_name_and_the_same_id_and_address_changes_nothing(found: Changes) -> None:
    assert [page for page in found.pages if "named" in page.address] == []
    assert "named" not in {letter.issue for letter in found.letters}


def test_what_is_made_of_a_title_is_told_by_the_title_alone(found: Changes) -> None:
    """Links that pass a page on or answer it hold its title and address."""
    (page,) = [page for page in found.pages if page.address == "/issues/titled/"]
    assert [line.text for line in page.lines if line.op == "added"] == ["Titled `anew`"]
    assert (page.links_added, page.links_removed) == ((), ())
    (audience,) = next(letter for letter in found.letters if letter.issue == "titled").audiences
    assert audience.difference is not None
    assert (audience.difference.links_added, audience.difference.links_removed) == ((), ())


def test_links_that_follow_a_page_are_told_by_its_move_alone(found: Changes) -> None:
    """The letter of an issue that moved leads to its page."""
    pages = {page.address: page for page in found.pages}
    assert (pages["/issues/lost-name/"].lines, pages["/issues/lost-name/"].links_added) == ((), ())
    assert {"moved", "lost"}.isdisjoint(letter.issue for letter in found.letters)


def test_pages_that_move_say_if_the_old_address_leads_there(found: Changes) -> None:
    pages = {page.address: page for page in found.pages}
    moved = pages["/issues/old-name/"]
    assert (moved.change, moved.to, moved.alias) == (Change.MOVED, "/issues/new-name/", True)
    lost = pages["/issues/lost-name/"]
    assert (lost.change, lost.to, lost.alias) == (Change.MOVED, "/issues/found-name/", False)
    assert "/issues/new-name/" not in pages
    assert pages["/issues/gone/"].change is Change.GONE


def test_texts_and_links_of_pages(found: Changes) -> None:
    about = next(page for page in found.pages if page.address == "/about/")
    assert (about.links_added, about.links_removed) == (("https://b.example/",), ("https://a.example/",))
    assert [line.text for line in about.lines if line.op == "added"] == ["Who we were. See there."]
    lists = [page for page in found.pages if not page.whole]
    assert "/archive/" in {page.address for page in lists}
    assert all(page.lines == () for page in lists)


def test_items_of_feeds_that_would_show_again(found: Changes) -> None:
    assert {(feed.feed, feed.again) for feed in found.feeds if feed.feed == "/feed.xml"} == {("/feed.xml", ("Again",))}


def test_nothing_differs_from_itself(sides: tuple[BuiltSide, BuiltSide]) -> None:
    assert changes_between(sides[1], sides[1], revision="HEAD").nothing


def test_it_is_written_and_read_without_loss(found: Changes, tmp_path: Path) -> None:
    file = tmp_path / "changes.json"
    file.write_text(json_of(found), "utf-8")
    assert changes_from(file) == found


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"version": 99}', '{"letters": [{"issue": 1}]}', '{"pages": 5}', '"\\ud800"', "\x00",
     '{"pages": [{"address": "", "title": "", "change": "\\n::error::x"}]}'],
)  # fmt: skip
def test_what_is_no_list_of_changes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "changes.json"
    file.write_text(text, "utf-8")
    with pytest.raises(UnreadableChangesError) as raised:
        changes_from(file)
    assert "\n" not in str(raised.value), "no line of it is a command to the pipeline that prints this"


@pytest.mark.parametrize(
    "text",
    [
        """{"version": 1, "revision": "main", "guards": [], "letters": [{"issue": "a", "title": "A", "state": "out",
        "audiences": [{"audiences": ["everyone"], "change": "new", "subject": "A", "difference": null}]}],
        "pages": [{"address": "/", "title": "A", "change": "gone"}], "feeds": [], "assets": [], "site": []}""",
        '{"version": 1, "letters": [], "of_a_later_program": {"more": 1}}',
        '{"version": 1}',
    ],
    ids=["of the first program", "of a later one", "short"],
)
def test_what_another_version_wrote_in_this_form_is_read(tmp_path: Path, text: str) -> None:
    """A pull request may be built by another version than the one that comments on it."""
    file = tmp_path / "changes.json"
    file.write_text(text, "utf-8")
    assert changes_from(file).version == 1


def test_a_file_that_is_far_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "changes.json"
    file.write_text(json.dumps({"version": 1}), "utf-8")
    monkeypatch.setattr("tipsheet.review.changes.MOST_BYTES", 3)
    with pytest.raises(UnreadableChangesError, match="larger"):
        changes_from(file)


@pytest.mark.parametrize(
    ("name", "guards"),
    [
        (".github/workflows/publish.yml", True), (".github/actions/own/action.yml", True), ("docs/CODEOWNERS", True),
        ("tool", True), (".gitmodules", True), ("content/deep/er/hook.py", True), ("letter/mkdocs.yml", True),
        ("allowed_signers", True), ("overrides/email/base.html", True), ("content/about.md", False),
        ("content/overrides.md", False), ("content/mkdocs.yml.md", False), ("tools.md", False),
    ],
)  # fmt: skip
def test_files_that_decide_about_reviews(name: str, guards: bool) -> None:
    assert guards_in([name], ("allowed_signers", "overrides/*")) == ((name,) if guards else ())


def test_a_revision_with_another_configuration(tmp_path: Path) -> None:
    """Another address of the site, and of pages: both are told once."""
    built = []
    for name, change in (
        ("before", MKDOCS),
        ("after", f"use_directory_urls: false\n{MKDOCS.replace('//sheet.', '//other.')}"),
    ):
        files = {"mkdocs.yml": change, "content/about.md": "# About\n\nSee [the issue](tipsheets/2026/a.md).\n"}
        root = write_publication(tmp_path / "of" / name, files | {f"{ISSUES}/a.md": issue(id="a", date="2026-11-10")})
        built.append(build_side(root, tmp_path / name, environ={}, now=NOW))
    found = changes_between(built[0], built[1], revision="main")
    assert found.site == ("https://sheet.example/", "https://other.example/")
    assert found.letters == ()
    about = next(page for page in found.pages if page.address == "/about/")
    assert (about.change, about.to, about.lines, about.links_added) == (Change.MOVED, "/about.html", (), ())
    assert [page.address for page in found.pages if page.whole and page.change is not Change.MOVED] == []


def only(segment: str, word: str) -> str:
    return f"\n/// only | {segment}\n\n{word} for {segment}.\n\n///\n"


PEOPLE = {
    "nobody": (), "managers": ("manages",), "sellers": ("sells",), "both": ("manages", "sells"),
    "elsewhere": ("bakes",), "all": ("bakes", "manages", "sells"),
}  # fmt: skip
TAGGED = (
    MKDOCS.partition("      segments:\n")[0]
    + "      segments:\n"
    + "".join(
        f"        {name}: {{title: {name}, where: {{tag: {tag}}}}}\n"
        for name, tag in (("managers", "manages"), ("sellers", "sells"), ("bakers", "bakes"))
    )
)
WORDS = (
    # before, after, and the readers of each change, with those for whom it stays as it was
    ("As it was.", "Anew.", {"everyone managers sellers bakers": 6}, 0),
    ("It.", "It." + only("managers", "New"), {"managers": 3}, 3),
    ("It." + only("managers", "Gone"), "It.", {"managers": 3}, 3),
    ("It." + only("managers", "It is"), "It." + only("sellers", "It is"),
     {"managers": 1, "sellers": 1, "managers.sellers": 2}, 2),
    (only("managers", "Old") + only("sellers", "Old"), only("managers", "New") + only("sellers", "New"),
     {"managers": 1, "sellers": 1, "managers.sellers": 2}, 2),
    (None, only("managers", "New") + only("sellers", "New"),
     {"everyone bakers": 2, "managers": 1, "sellers": 1, "managers.sellers": 2}, 0),
)  # fmt: skip


def counted(built: list[BuiltSide], folder: Path) -> LetterChange:
    """The change of the one letter that differs, with its readers."""
    before, after = built
    store = open_store(f"sqlite:///{folder / 'audience.db'}")
    for person, tags in PEOPLE.items():
        add_confirmed(store, f"{person}@example.org", tags=tags)
    with store.connect() as connection:
        found = changes_between(before, after, revision="main")
        (letter,) = with_readers(found, before, after, connection).letters
    store.dispose()
    return letter


@pytest.mark.parametrize(("was", "now", "told", "unchanged"), WORDS)
def test_each_reader_is_counted_with_what_changes_for_them_and_once(
    tmp_path: Path, was: str | None, now: str, told: dict[str, int], unchanged: int
) -> None:
    """X12: who is in two segments sees both changes, and is in the number of neither alone."""
    built = []
    for name, text in (("before", was), ("after", now)):
        body = (
            {} if text is None else {f"{ISSUES}/told.md": issue(id="told", date="2026-11-24", body=f"Words.\n{text}")}
        )
        root = write_publication(tmp_path / "of" / name, {"mkdocs.yml": TAGGED, **body})
        built.append(build_side(root, tmp_path / name, environ={}, now=NOW))
    letter = counted(built, tmp_path)
    assert {" ".join(one.audiences): one.readers for one in letter.audiences} == told
    assert (letter.readers, letter.unchanged) == (len(PEOPLE), unchanged)
    assert sum(told.values()) + unchanged == len(PEOPLE)


def test_readers_who_get_it_no_more_are_not_counted(tmp_path: Path) -> None:
    """The store says who gets the letter of now, and nothing of segments that are no more."""
    built = []
    without = TAGGED.replace("        bakers: {title: bakers, where: {tag: bakes}}\n", "")
    for name, audience, settings in (("before", "managers, sellers, bakers", TAGGED), ("after", "sellers", without)):
        files = {f"{ISSUES}/told.md": issue(f"audience: [{audience}]\n", id="told", date="2026-11-24", body=name)}
        root = write_publication(tmp_path / "of" / name, {"mkdocs.yml": settings, **files})
        built.append(build_side(root, tmp_path / name, environ={}, now=NOW))
    letter = counted(built, tmp_path)
    assert {" ".join(one.audiences): (one.change.value, one.readers) for one in letter.audiences} == {
        "sellers": ("changed", 3), "managers bakers": ("gone", None),
    }  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> Callable[..., list[BuiltSide]]:
    """Build two sides of the same issue, each with its header, its body and its settings."""

    def make(*sides: tuple[str, str, str]) -> list[BuiltSide]:
        built = []
        for number, (header, body, settings) in enumerate(sides):
            files = {
                f"{ISSUES}/told.md": issue(header, id="told", date="2026-11-24", body=body),
                "mkdocs.yml": settings,
            }
            root = write_publication(tmp_path / "of" / str(number), files)
            built.append(build_side(root, tmp_path / str(number), environ={}, now=NOW))
        return built

    return make


def test_a_draft_that_is_finished_is_told_though_no_word_of_it_changes(
    two: Callable[..., list[BuiltSide]], tmp_path: Path
) -> None:
    """It goes now; and a letter that is a draft again does not go."""
    before, after = two(("draft: true\n", "Words.", TAGGED), ("", "Words.", TAGGED))
    (letter,) = changes_between(before, after, revision="main").letters
    assert (letter.state, letter.was, letter.audiences) == ("coming", "draft", ())
    text = "\n".join(text_of(changes_between(after, before, revision="main")))
    assert text.startswith("told (draft, it was coming): ")
    letter = counted([before, after], tmp_path)
    assert (letter.readers, letter.unchanged) == (len(PEOPLE), len(PEOPLE))


def test_a_segment_with_another_rule_is_told(two: Callable[..., list[BuiltSide]]) -> None:
    body = "Words." + only("managers", "Private")
    before, after = two(("", body, TAGGED), ("", body, TAGGED.replace("tag: manages", "tag: bakes")))
    found = changes_between(before, after, revision="main")
    assert found.segments == (SegmentChange(segment="managers", was="has the tag manages", now="has the tag bakes"),)
    assert (found.letters, found.nothing) == ((), False)
    said = "the rule was ` has the tag manages `, and is ` has the tag bakes `"
    assert f"- ` managers ` are other readers: {said}" in markdown_of(found)
    assert "managers are other readers: the rule was has the tag manages, and" in "\n".join(text_of(found))


def test_a_segment_with_another_name_changes_no_letter(two: Callable[..., list[BuiltSide]], tmp_path: Path) -> None:
    """Its readers are the same; what changes for them beside the name is told by the new one."""
    body = "Words." + only("managers", "It is")
    chiefs = TAGGED.replace("managers", "chiefs")
    before, after = two(("", body, TAGGED), ("", body.replace("| managers", "| chiefs"), chiefs))
    found = changes_between(before, after, revision="main")
    assert (found.letters, found.segments) == ((), ())
    changed = two(("", body, TAGGED), ("", body.replace("| managers", "| chiefs").replace("It is", "Now"), chiefs))
    letter = counted(changed, tmp_path)
    assert [(one.audiences, one.readers) for one in letter.audiences] == [(("chiefs",), 3)]


def test_a_letter_for_a_segment_with_another_name_that_is_gone(
    two: Callable[..., list[BuiltSide]], tmp_path: Path
) -> None:
    before, after = two(
        ("audience: [managers]\n", "Words.", TAGGED),
        ("audience: [sellers]\n", "Words.", TAGGED.replace("managers", "chiefs")),
    )
    (letter,) = changes_between(before, after, revision="main").letters
    assert {one.audiences: one.change for one in letter.audiences} == {
        ("sellers",): Change.NEW, ("chiefs",): Change.GONE,
    }  # fmt: skip


def test_pages_that_take_each_others_address(tmp_path: Path) -> None:
    """Something is at the old address, and it is not what was there."""
    built = []
    for number, slugs in enumerate((("one", "two"), ("two", "one"))):
        files = {
            f"{ISSUES}/{name}.md": issue(f"slug: {slug}\n", id=name, title=name, date=f"2026-11-1{at}")
            for at, (name, slug) in enumerate(zip(("a", "b"), slugs, strict=True))
        }
        built.append(
            build_side(write_publication(tmp_path / f"of{number}", files), tmp_path / str(number), environ={}, now=NOW)
        )
    found = changes_between(built[0], built[1], revision="main")
    moved = {page.address: (page.to, page.alias, page.taken) for page in found.pages if page.change is Change.MOVED}
    assert moved["/issues/one/"] == ("/issues/two/", False, True)
    assert moved["/issues/two/"] == ("/issues/one/", False, True)
    assert "/issues/one/ moved to /issues/two/; ANOTHER PAGE IS AT THE OLD ADDRESS" in "\n".join(text_of(found))
    assert "**another page is at the old address**" in markdown_of(found)


def test_a_device_without_an_end_is_no_list_of_changes() -> None:
    with pytest.raises(UnreadableChangesError, match="larger than 20 MB"):
        changes_from(Path("/dev/zero"))
