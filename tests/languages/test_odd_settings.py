"""Odd ways of saying which languages there are: each is understood, or told with its place and a way out."""

import pytest

from tests.conftest import Write
from tests.folders import MKDOCS
from tests.languages.builders import TIP, german
from tests.languages.test_translations import NOW
from tipsheet.press import prepare

TABLE = {
    # languages, first language, tags of the files beside the original: languages besides the first, codes of problems
    ("de", "en", ("de",)): (("de",), []),
    ("{de: }", "en", ("de",)): (("de",), []),
    ("[en, de]", "en", ("de",)): (("de",), []),
    ("[EN, de]", "en", ("de",)): (("de",), []),
    ("[pt-BR]", "en", ("pt-br",)): (("pt-BR",), []),
    ("[pt_BR]", "en", ("pt_BR",)): (("pt-BR",), []),
    ("[pt, pt-BR]", "en", ("pt", "pt-BR")): (("pt", "pt-BR"), []),
    ("[pt]", "pt-BR", ("pt",)): (("pt",), []),
    ("[en]", "ar", ("en",)): (("en",), []),
    ("[de-AT, de]", "en", ("de", "de-AT")): (("de-AT", "de"), []),
    ("[de, DE]", "en", ("de",)): (("de",), ["TS006"]),
    ("[zh-Hant]", "en", ("zh-Hant",)): (("zh-Hant",), ["TS038"]),
    ("[cy]", "en", ("cy",)): (("cy",), ["TS038"]),
    ("[xx]", "en", ()): ((), ["TS037"]),
    ("[]", "en", ("de",)): ((), ["TS711"]),
}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case[1]} and {case[0]}")
def test_languages_are_understood_or_told(case: tuple[str, str, tuple[str, ...]], publication: Write) -> None:
    languages, first, tags = case
    expected, codes = TABLE[case]
    config = MKDOCS.replace("      attributes:", f"      languages: {languages}\n      attributes:", 1)
    config = config.replace("  name: material\n", f"  name: material\n  language: {first}\n")
    prepared = prepare(publication({"mkdocs.yml": config, **{f"{TIP}.{tag}.md": german() for tag in tags}}), now=NOW)
    assert [problem.code for problem in prepared.problems] == codes
    assert all(problem.hint and problem.where.line > 1 for problem in prepared.problems if problem.code != "TS711")
    assert prepared.settings is not None
    assert tuple(prepared.settings.others) == expected
    if prepared.publication and not codes:
        assert {one.language for one in prepared.publication.issues[0].translations} == set(expected)
