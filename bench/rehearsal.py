"""The rehearsal of 12 weeks over a store of 100,000 readers: CPU time, wall time and the memory of the program (X13).

    make bench-rehearsal                       100,000 readers, 12 issues
    BENCH_READERS=1000000 make bench-rehearsal

The store is filled by `bench.audience`. Every issue has an action for everybody and one for managers, two issues are
for segments alone, and one reader in ten has chosen a letter a month.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from bench.audience import fill
from tipsheet.store.database import open_store

READERS = int(os.environ.get("BENCH_READERS", "100000"))
WEEKS = 12
GOAL = {100_000: (20.0, 200.0)}
"""Seconds of CPU time and MiB at most, by readers (X13)."""

SETTINGS = """\
site_name: Bench
site_url: https://bench.example/
docs_dir: content
theme: {name: material, font: false}
plugins:
  - search
  - tipsheet:
      editor: {name: Ada, email: ada@bench.example}
      postal_address: 1 Quiet Lane, Testford
      time_zone: Europe/Amsterdam
      delivery: {daily: 60000, window: {opens: 8, closes: 20}}
      attributes:
        role: {type: text}
        city: {type: text}
        seats: {type: number}
      segments:
        managers: {title: Managers, where: {role: manager}}
        sellers: {title: Sellers, where: {any: [{role: seller}, {tag: tag-1}]}}
        toronto: {title: Toronto, where: {city: Toronto}}
        big-team: {title: Big teams, where: {all: [{role: manager}, {seats: {at_least: 20}}]}}
"""
ISSUE = """\
---
id: issue-{number}
title: Issue {number}
date: {day}
description: A description that is as long as inboxes like it to be, number {number}.
authors: [ada]
{audience}---

Text.

/// action | Do {number} {{ id=do-{number} }}

Do.

///

/// action | Lead {number} {{ id=lead-{number} for=managers }}

Lead.

///
"""
NOW = "2026-11-23"


def publication(folder: Path) -> None:
    issues = folder / "content/tipsheets"
    issues.mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(SETTINGS, "utf-8")
    (folder / "content/authors.yml").write_text("ada: {name: Ada}\n", "utf-8")
    for number in range(WEEKS):
        day = time.strftime("%Y-%m-%d", time.gmtime(1795564800 + number * 7 * 86400))
        audience = {3: "audience: [managers, sellers]\n", 7: "audience: [toronto]\n"}.get(number, "")
        text = ISSUE.format(number=number, day=day, audience=audience)
        (issues / f"{number}.md").write_text(text, "utf-8")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tipsheet-bench-") as name:
        folder = Path(name)
        publication(folder)
        engine = open_store(f"sqlite:///{folder / 'audience.db'}")
        fill(engine, READERS)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE subscriber SET frequency = 'monthly' WHERE id % 10 = 0"))
        engine.dispose()
        command = [sys.executable, "-m", "tipsheet", "-C", name, "rehearse", "--json", "--now", NOW]
        started = time.perf_counter()
        with (folder / "told.json").open("wb") as told_to:
            process = subprocess.Popen(command, stdout=told_to)
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        told = json.loads((folder / "told.json").read_text("utf-8"))
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    letters, issues = sum(day["letters"] for day in told["days"]), len(told["issues"])
    print(f"{told['readers']:,} readers, {issues} issues, {letters:,} letters, {len(told['cohorts'])} cohorts")
    print(f"{cpu:.1f} s of CPU time, {wall:.1f} s in all, {memory:.0f} MiB")
    most = GOAL.get(READERS)
    return int(most is not None and (cpu > most[0] or memory > most[1]))


if __name__ == "__main__":
    sys.exit(main())
