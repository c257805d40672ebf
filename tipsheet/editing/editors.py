"""Files of settings for the programs that people write in, made of the tables that read what they write.

Each file bears a mark with its own digest. A file that is as we wrote it is written anew when a later version would
write another; one that somebody changed is left as it is, and named.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from tipsheet.blocks import BLOCKS
from tipsheet.editing.schemas import HEADERS, SCHEMAS, schema_of

__all__ = ["EDITORS", "Editor", "Fate", "stale", "write_files"]

_MARK = re.compile(r"tipsheet:([0-9a-f]{16})")
_UNMARKED = "tipsheet:----------------"
_OWN = re.compile(r"^  (repo|branch): .*$", re.MULTILINE)
"""Lines that are for people to fill in: the repository of a CMS."""


CMS = "admin/config.yml"
STYLE = ".prettierrc.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """A program that people write in; ``make`` gives the texts of its files by their paths, for a content folder.

    ``places`` are files by which its use is noticed.
    """

    title: str
    places: tuple[str, ...]
    make: Callable[[str], Mapping[str, str]]


class Fate(StrEnum):
    """Result of writing a file."""

    WRITTEN = "written"
    SAME = "same"
    KEPT = "kept"
    """Somebody changed it, or it was there before."""


def write_files(root: Path, docs: str, editor: Editor) -> Mapping[str, Fate]:
    """Write the files of an editor into a publication; return what became of each, by its path.

    Only a file that is missing, or that nobody has changed since it was written, is written.
    """
    fates = {}
    for path, made in editor.make(docs).items():
        file = root / path
        fates[path], text = _compared(file, made)
        if fates[path] is Fate.WRITTEN:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
    return fates


def stale(root: Path, docs: str) -> Mapping[str, str]:
    """The files that another version wrote and nobody has changed since, with the names of their editors."""
    used = {name: editor for name, editor in EDITORS.items() if any((root / path).is_file() for path in editor.places)}
    return {
        path: name
        for name, editor in used.items()
        for path, text in editor.make(docs).items()
        if (root / path).is_file() and _compared(root / path, text)[0] is Fate.WRITTEN
    }


def _compared(file: Path, made: str) -> tuple[Fate, str]:
    """The fate of a file and the text that it gets, with the lines that people have filled in."""
    if not file.exists():
        return Fate.WRITTEN, made
    there = file.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n") if file.is_file() else ""
    own = {line[1]: line[0] for line in _OWN.finditer(there)}
    text = _OWN.sub(lambda line: own.get(line[1], line[0]), made)
    if there == text:
        return Fate.SAME, text
    mark = _MARK.search(there)
    ours = mark is not None and mark[1] == _digest(_MARK.sub(_UNMARKED, there, count=1))
    return (Fate.WRITTEN if ours else Fate.KEPT), text


def _digest(text: str) -> str:
    """The digest of a text with an empty mark, but for the lines that are for people to fill in."""
    return hashlib.sha256(_OWN.sub("", text).encode()).hexdigest()[:16]


def _marked(text: str) -> str:
    """The text with its digest in its mark."""
    return text.replace(_UNMARKED, f"tipsheet:{_digest(text)}", 1)


def _said(name: str) -> str:
    """The sentence at the head of a file."""
    return f"{_UNMARKED}, written by `tipsheet init --editor {name}`, which leaves a file that you change as it is"


def _json(value: Mapping[str, Any], name: str) -> str:
    """A file of JSON for VS Code, which takes comments in its own files."""
    return _marked(f"// {_said(name)}\n{json.dumps(value, ensure_ascii=False, indent=2)}\n")


def _schema(value: Mapping[str, Any], name: str) -> str:
    """A file of JSON without comments: the sentence is a ``$comment``."""
    return _marked(json.dumps({"$comment": _said(name), **value}, ensure_ascii=False, indent=2) + "\n")


def _yaml(value: Mapping[str, Any], name: str) -> str:
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
    return _marked(f"# {_said(name)}\n{text}")


def _vscode(docs: str) -> Mapping[str, str]:
    """Settings, tasks, snippets and schemas of Visual Studio Code."""
    folder = ".vscode/tipsheet"
    settings = {
        "yaml.schemas": {
            f"./{folder}/authors.schema.json": f"{docs}/authors.yml",
            f"./{folder}/mkdocs.schema.json": "mkdocs.yml",
        },
        "yaml.customTags": ["!ENV scalar", "!ENV sequence", "!relative scalar"],
        "files.eol": "\n",
        "files.insertFinalNewline": True,
        "search.exclude": {"site": True, "outbox": True, ".tipsheet": True},
        "[markdown]": {
            "editor.wordWrap": "on",
            "editor.quickSuggestions": {"other": "on", "comments": "off", "strings": "off"},
            "files.trimTrailingWhitespace": False,
        },
    }
    return {
        ".vscode/settings.json": _json(settings, "vscode"),
        ".vscode/tasks.json": _json(_tasks(), "vscode"),
        ".vscode/extensions.json": _json({"recommendations": ["redhat.vscode-yaml"]}, "vscode"),
        ".vscode/tipsheet.code-snippets": _json(dict(_snippets()), "vscode"),
        **{f"{folder}/{name}.schema.json": _schema(make(), "vscode") for name, make in SCHEMAS.items()},
    }


def _tasks() -> dict[str, Any]:
    """The tasks, with a matcher for the lines of ``check --format lines``."""
    matcher = {
        "owner": "tipsheet",
        "source": "tipsheet",
        "fileLocation": ["relative", "${workspaceFolder}"],
        "pattern": {
            "regexp": r"^(.+?):(\d+):(\d+): (error|warning) (TS\d{3}): (.*)$",
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "code": 5,
            "message": 6,
        },
    }
    check: dict[str, Any] = {
        "label": "tipsheet: check",
        "type": "shell",
        "command": "tipsheet",
        "args": ["check", "--format", "lines"],
        "group": {"kind": "build", "isDefault": True},
        "presentation": {"reveal": "silent"},
        "problemMatcher": matcher,
    }
    others = [
        {"label": f"tipsheet: {name}", "type": "shell", "command": "tipsheet", "args": words, "problemMatcher": []}
        for name, words in {"desk": ["serve"], "build": ["build"], "calendar": ["calendar"]}.items()
    ]
    return {"version": "2.0.0", "tasks": [check, *others]}


def _snippets() -> Iterator[tuple[str, dict[str, Any]]]:
    """A snippet for each kind of block, from its example, and one for the header of each kind of file."""
    for kind in BLOCKS.values():
        body = [re.sub(r"([$}\\])", r"\\\1", line) for line in kind.example.splitlines()]
        yield (
            f"tipsheet block: {kind.name}",
            {"scope": "markdown", "prefix": kind.name, "body": [*body, "$0"], "description": kind.summary},
        )
    for kind_of_file, table in HEADERS.items():
        schema = schema_of(table)
        keys = [key for key in schema["properties"] if key in schema["required"]]
        lines = [f"{key}: {_stop(number, key, schema)}" for number, key in enumerate(keys, 1)]
        yield (
            f"tipsheet header: {kind_of_file}",
            {
                "scope": "markdown",
                "prefix": f"header-{kind_of_file}",
                "body": ["---", *lines, "---", "", "$0"],
                "description": schema["description"],
            },
        )


def _stop(number: int, key: str, schema: Mapping[str, Any]) -> str:
    """A place to type at, with a word that says what belongs there."""
    word = (schema["properties"][key].get("examples") or [key])[0]
    return f"${{{number}:{word}}}"


def _cms(docs: str) -> Mapping[str, str]:
    """The configuration of Sveltia CMS, which Decap CMS reads as well."""
    config = {
        "backend": {"name": "github", "repo": "OWNER/REPOSITORY", "branch": "main"},
        "media_folder": f"{docs}/images",
        "public_folder": "/images",
        "output": {"omit_empty_optional_fields": True},
        "collections": [_collection(name, docs) for name in _COLLECTIONS],
    }
    return {CMS: _yaml(config, "sveltia")}


_COLLECTIONS: Mapping[str, tuple[str, str, str]] = {
    "issue": (
        "Issues",
        "tipsheets",
        "{{fields.date | date('YYYY')}}/{{fields.date | date('YYYY-MM-DD')}}-{{slug}}",
    ),
    "article": ("Articles", "articles", "{{slug}}"),
    "note": ("Notes", "notes", "{{slug}}"),
    "action": ("Actions", "actions", "{{slug}}"),
    "welcome": ("Welcome letters", "welcome", "{{slug}}"),
}
"""Title, folder and path of a new file, of each kind of file that the CMS shows."""


def _collection(kind: str, docs: str) -> dict[str, Any]:
    """A folder of files with the fields of their header; Markdown is edited as text, since blocks are none of its."""
    title, folder, path = _COLLECTIONS[kind]
    schema = schema_of(HEADERS[kind])
    body = {"name": "body", "label": "Text", "widget": "markdown", "modes": ["raw"], "required": False}
    return {
        "name": kind,
        "label": title,
        "label_singular": kind.capitalize(),
        "folder": f"{docs}/{folder}",
        "path": path,
        "create": True,
        "extension": "md",
        "format": "yaml-frontmatter",
        "media_folder": "",
        "public_folder": "",
        "fields": [*_fields(schema, schema), body],
    }


def _fields(table: Mapping[str, Any], whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of a table; ``whole`` holds the definitions that it refers to."""
    required = table.get("required", ())
    return [
        {
            "name": key,
            "label": key.replace("_", " ").capitalize(),
            **_widget(key, one, whole),
            "required": key in required,
            "hint": one["description"],
        }
        for key, one in table["properties"].items()
    ]


def _widget(key: str, schema: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """The widget of a field, by the first type that its schema takes."""
    first = schema
    while "anyOf" in first:
        first = {**first["anyOf"][0], **{word: value for word, value in first.items() if word != "anyOf"}}
    takes_list = any(one.get("type") == "array" for one in (schema, *schema.get("anyOf", ())))
    widget: dict[str, Any] = {"widget": "string"}
    match first.get("type"):
        case None:
            widget = {"widget": "object", "collapsed": True, "fields": _fields(_named(first, whole), whole)}
        case "boolean":
            widget = {"widget": "boolean", "default": first.get("default", False)}
        case "integer":
            bounds = {word[:3]: first[word] for word in ("minimum", "maximum") if word in first}
            widget = {"widget": "number", "value_type": "int", **bounds}
        case "array" if "$ref" in first["items"]:
            widget = {"widget": "list", "collapsed": True, "fields": _fields(_named(first["items"], whole), whole)}
        case _ if takes_list:
            widget = {"widget": "list"}
        case _ if key == "src":
            widget = {"widget": "image"}
        case _ if "pattern" in first:
            widget["pattern"] = [first["pattern"], "small letters, digits and hyphens"]
        case _ if first.get("maxLength", 0) > LINE:
            widget["widget"] = "text"
    return widget


LINE = 160
"""Characters from which on a text has a field of several lines."""


def _named(reference: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    named: Mapping[str, Any] = whole["$defs"][reference["$ref"].rpartition("/")[2]]
    return named


def _prettier(docs: str) -> Mapping[str, str]:  # noqa: ARG001 - the same in any folder
    """The form of Markdown that other formatters agree on."""
    style = {"proseWrap": "preserve", "embeddedLanguageFormatting": "off"}
    return {STYLE: _yaml(style, "prettier")}


EDITORS: Mapping[str, Editor] = {
    "vscode": Editor(title="Visual Studio Code", places=(".vscode/tasks.json", ".vscode/settings.json"), make=_vscode),
    "sveltia": Editor(title="Sveltia CMS", places=(CMS,), make=_cms),
    "decap": Editor(title="Decap CMS", places=(CMS,), make=_cms),
    "prettier": Editor(title="Prettier", places=(STYLE,), make=_prettier),
}
"""The programs by the name that ``tipsheet init --editor`` takes."""
