"""Templates are compiled once a process, and anew when their text changes."""

from pathlib import Path

import jinja2

from tipsheet.site.theme import InThisProcess


def rendered(folder: Path, *, language: str = "en", **filters: object) -> tuple[str, int]:
    """What ``page.html`` gives in an environment of its own, and how often that compiled."""
    compiled = []

    class Counting(jinja2.Environment):
        def compile(self, *args: object, **kwargs: object) -> object:
            compiled.append(args)
            return super().compile(*args, **kwargs)

    env = Counting(loader=jinja2.FileSystemLoader(folder))
    env.filters |= filters
    env.bytecode_cache = InThisProcess(env, language)
    return env.get_template("page.html").render(), len(compiled)


def test_a_text_is_compiled_once(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("one {{ 1 + 1 }}")
    assert [rendered(tmp_path), rendered(tmp_path)] == [("one 2", 1), ("one 2", 0)]
    page.write_text("two")
    assert [rendered(tmp_path), rendered(tmp_path)] == [("two", 1), ("two", 0)]
    page.write_text("one {{ 1 + 1 }}")
    assert rendered(tmp_path) == ("one 2", 1), "only the last text is kept"


def test_another_environment_compiles_for_itself(tmp_path: Path) -> None:
    """Jinja works out `{{ "x" | filter }}` while it compiles."""
    (tmp_path / "page.html").write_text("{{ 'x' | upper }}")
    assert rendered(tmp_path) == ("X", 1)
    assert rendered(tmp_path, ours=str.lower) == ("X", 1)
    assert rendered(tmp_path, language="nl") == ("X", 1)
