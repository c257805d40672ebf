"""Publications on disk for tests: the smallest one that is right, and changes to it."""

import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

MKDOCS = """\
site_name: The Test Sheet
site_url: https://sheet.example/
docs_dir: content
theme:
  name: material
  font: false
extra:
  generator: false
plugins:
  - search
  - tipsheet:
      tagline: One fact at a time
      promise: Every Tuesday
      editor: {name: Ada Editor, email: ada@sheet.example}
      postal_address: The Test Sheet, 1 Quiet Lane, 1000 AA Testford
      time_zone: Europe/Amsterdam
      mail: {unsubscribe_url: "https://lists.sheet.example/leave/@@token@@"}
      attributes:
        role: {type: text, choices: [manager, seller]}
        city: {type: text}
        seats: {type: number}
      segments:
        managers: {title: Managers, public: true, where: {role: manager}}
        sellers: {title: Sellers, public: true, where: {any: [{role: seller}, {tag: sells}]}}
        toronto: {title: Around Toronto, where: {city: Toronto}}
"""

AUTHORS = """\
ada: {name: Ada Editor, role: Editor, bio: Ada writes short sentences.}
bo: {name: Bo Guest}
"""

ISSUE_HEADER = """\
id: 2026-w47
title: Ask one question
date: 2026-11-17
description: One question that turns a pitch into a conversation.
authors: [ada]
"""

ISSUE = f"""\
---
{ISSUE_HEADER}---

Hello @@first_name or there@@, this is the text.

/// action | Ask one question before you pitch {{ id=ask-first minutes=10 due=2026-11-24 }}

1. Pick a meeting.
2. Write the question down.

///
"""


def issue(header: str = "", body: str = "", **fields: str) -> str:
    """An issue file: the smallest right header with fields replaced or added, and a body with an action."""
    lines = {line.split(":")[0]: line for line in ISSUE_HEADER.splitlines()}
    lines |= {name: f"{name}: {value}" for name, value in fields.items()}
    name = fields.get("id", "it")
    text = body if re.search("(?m)^/// action", body) else f"{body}\n\n/// action | Do {name}\n\n///\n"
    return "---\n" + "\n".join(lines.values()) + f"\n{header}---\n\n{text}"


def article(body: str = "Text.", **fields: str) -> str:
    """An article file: the smallest right header with fields replaced or added."""
    return issue(body=body, **fields).partition("\n\n/// action")[0] + "\n"


def write_publication(root: Path, files: Mapping[str, str]) -> Path:
    """Write the smallest right publication with these files on top, and return its folder."""
    defaults = {
        "mkdocs.yml": MKDOCS,
        "content/authors.yml": AUTHORS,
        "content/about.md": "# About\n\nWho we are.\n",
        "content/tipsheets/2026/2026-11-17-ask.md": ISSUE,
    }
    for name, text in {**defaults, **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def replace_text(file: Path, text: str) -> None:
    """Save a file as most editors do: nobody who watches it finds it empty, or half of it."""
    beside = file.with_name(f"{file.name}~")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def write_png(file: Path, width: int = 1200, height: int = 800) -> None:
    """Write a grey PNG of this size (PNG specification, third edition)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\xcc" * width for _ in range(height)), 9)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
