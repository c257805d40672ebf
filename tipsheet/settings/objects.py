"""Options of Markdown extensions that name objects of Python (``!!python/name:…``), as MkDocs lets them (C18).

A document holds their names. They are imported when the extension is made, and only there: mkdocs.yml is a
program of the publication, which MkDocs runs as well.
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tipsheet.documents import PythonObject

__all__ = ["loaded"]


def loaded(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with what they name, in lists and mappings too.

    Raises yaml.YAMLError for what cannot be found or called.
    """
    return {name: _loaded(value) if _names(value) else value for name, value in options.items()}


def _names(value: object) -> bool:
    """Whether an object of Python is named anywhere in it."""
    match value:
        case PythonObject():
            return True
        case dict():
            return any(map(_names, value.values()))
        case list():
            return any(map(_names, value))
    return False


def _loaded(value: object) -> Any:
    return yaml.load(_written(value), Loader=yaml.UnsafeLoader)  # noqa: S506 - as MkDocs reads mkdocs.yml


def _written(value: object) -> str:
    """The value in YAML's flow style, which has JSON for everything without a tag."""
    match value:
        case PythonObject():
            return f"!!python/{value.tag} {_written(value.arguments)}"
        case dict():
            return f"{{{', '.join(f'{json.dumps(key)}: {_written(part)}' for key, part in value.items())}}}"
        case list():
            return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value)
