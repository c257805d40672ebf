"""Texts as they are written into YAML and Markdown."""

import json
import re

__all__ = ["in_markdown", "in_yaml"]

PLAIN = re.compile(r"[A-Za-zÀ-ÿ](?:[^\x00-\x1f\x7f:#\"'\[\]{}]|(?<=\S)['#:](?=\S))*")
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def in_yaml(text: str, *, within: str = "") -> str:
    """The text as a YAML scalar, in quotes where a reader of YAML 1.1 or 1.2 could take it otherwise.

    ``within`` are further characters that call for quotes, such as the comma in a list on one line.
    """
    plain = PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in WORDS
    if plain and not any(char in text for char in within):
        return text
    return json.dumps(text, ensure_ascii=False)


def in_markdown(text: str) -> str:
    """The text so that Markdown prints it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)
