"""Options that name objects of Python (C18)."""

from typing import Any

import pytest
import yaml
from material.extensions.emoji import to_svg, twemoji
from pymdownx.superfences import fence_code_format

from tipsheet.documents import parse_yaml
from tipsheet.settings.config import loaded


def _options(text: str) -> dict[str, Any]:
    document, problems = parse_yaml(text, "mkdocs.yml", environ={})
    assert problems == []
    assert document is not None
    return loaded(document.data)


def test_names_stand_for_what_they_name_nested_ones_too() -> None:
    """C18: as on ordinary pages."""
    assert _options("""\
plain: {a: [1, "b", null, true]}
emoji_index: !!python/name:material.extensions.emoji.twemoji
emoji_generator: !!python/name:material.extensions.emoji.to_svg
custom_fences:
  - name: mermaid
    class: mermaid
    format: !!python/name:pymdownx.superfences.fence_code_format
""") == {
        "plain": {"a": [1, "b", None, True]},
        "emoji_index": twemoji,
        "emoji_generator": to_svg,
        "custom_fences": [{"name": "mermaid", "class": "mermaid", "format": fence_code_format}],
    }


def test_an_object_is_made_with_arguments() -> None:
    """C18: slugs, as pymdown-extensions documents them."""
    slugify = _options("slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}")["slugify"]
    assert slugify("Ab C", "-") == "ab-c"


def test_what_is_not_there_is_a_mistake() -> None:
    """C18: with the words of PyYAML."""
    with pytest.raises(yaml.YAMLError, match="nowhere"):
        _options("a: !!python/name:nowhere.at_all")
