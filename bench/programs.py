"""The table of generators that are measured, and how those that are missing are installed."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["PEERS", "Program", "own_programs"]

TOOLS = Path(__file__).parent.parent / ".bench"
"""Where peers are installed, beside the repository's own environment."""
LEFT_OUT = "all but pages, lists, one feed, sitemap: no mail, segments, search, JSON, calendar, action library"
ALL_LETTERS = "--all-letters"
MEASURES = ("cold", "unchanged", "weekly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A generator: how it is run, what it writes, where the newest issue must show, what it leaves out.

    `command` may name `{day}`, the day of the newest issue. `newest` are files that must name the newest
    issue after every build: its page, the page of the issue before, list, tag, author, feed, sitemap.
    `modules` is linked beside the settings, as Node wants it.
    """

    name: str
    title: str
    command: Sequence[str]
    outputs: Sequence[str]
    newest: Sequence[str]
    leaves_out: str
    caches: Sequence[str] = ()
    modules: Path | None = None
    generator: str = ""
    measures: Sequence[str] = MEASURES

    @property
    def format(self) -> str:
        """Its name in `corpus.FORMATS` and in `inputs/`."""
        return self.generator or self.name


def pages(folder: str, prefix: str, feed: str, *lists: str) -> list[str]:
    """Files that name the newest issue."""
    issues = [f"{prefix}issue-{{number}}/index.html", f"{prefix}issue-{{before}}/index.html"]
    kinds = [f"{kind}/index.html".removeprefix("/") for kind in lists]
    return [f"{folder}/{file}" for file in (*issues, *kinds, feed, "sitemap.xml")]


def said(*command: str | Path) -> str:
    """What a program prints, on one line; a program that fails is an error that stops the benchmark."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join(map(str, command))
        raise SystemExit(f"Failed: {words}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return " ".join(done.stdout.split())


def own_programs() -> list[Program]:
    """The program itself as shipped and, where it knows the option, with the mails of every issue."""
    build = (sys.executable, "-m", "tipsheet", "--quiet", "build", "--now", "{day}T20:00:00+00:00")
    every = Program(
        name="tipsheet",
        title="tipsheet",
        command=build,
        outputs=("site", "outbox"),
        caches=(".tipsheet",),
        newest=pages("site", "issues/", "feed.xml", "archive", "tags/{tag}", "authors/{author}"),
        leaves_out="nothing; with the mails of every issue, for 4 segments",
    )
    if ALL_LETTERS not in said(*build[:3], "build", "--help"):
        return [every]
    sendable = "nothing; with the mails of the issues that may still be sent, for 4 segments"
    return [
        replace(every, leaves_out=sendable),
        replace(
            every,
            name="tipsheet-all-letters",
            generator="tipsheet",
            title="tipsheet, all letters",
            command=(*build, ALL_LETTERS),
            measures=("cold",),
        ),
    ]


def environment(name: str, program: str, *packages: str) -> Path:
    """A virtual environment with these packages, made when it lacks the program; answers its `bin`."""
    found = TOOLS / name / "bin"
    if not (found / program).exists():
        print(f"Installing {', '.join(packages)} into {found.parent}", file=sys.stderr)
        venv.create(found.parent, with_pip=True)
        said(found / "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
    return found


def material() -> Program:
    packages = ("mkdocs-material>=9.7.7,<10", "mkdocs-rss-plugin>=1.17", "click>=8.4")
    home = environment("material", "mkdocs", *packages)
    version = said(home / "python", "-c", "from importlib.metadata import version as v; print(v('mkdocs-material'))")
    return Program(
        name="material",
        title=f"mkdocs-material {version}, blog and rss plugins",
        command=(str(home / "mkdocs"), "build", "--quiet"),
        outputs=("site",),
        caches=(".cache",),
        newest=pages("site", "", "feed_rss_created.xml", "", "category/{tag}", "author/{author}"),
        leaves_out="mail, segments, calendar, action library, feeds of tags",
    )


def hugo() -> Program:
    if not shutil.which("hugo"):
        root = [] if os.geteuid() == 0 else ["sudo"]
        print("Installing Debian's hugo", file=sys.stderr)
        try:
            said(*root, "apt-get", "update", "-qq")
            said(*root, "apt-get", "install", "-y", "-qq", "hugo")
        except (OSError, SystemExit) as error:
            raise SystemExit(
                f"apt-get could not install hugo: install it, or leave it out of BENCH_PEERS.\n{error}"
            ) from error
    return Program(
        name="hugo",
        title=f"Hugo {said('hugo', 'version').split()[1].removeprefix('v').split('+')[0]}",
        command=("hugo", "--quiet"),
        outputs=("public",),
        caches=("resources", ".hugo_build.lock"),
        newest=pages("public", "", "index.xml", "", "tags/{tag}", "authors/{author}"),
        leaves_out=LEFT_OUT,
    )


def eleventy() -> Program:
    modules = TOOLS / "eleventy/node_modules"
    if not (modules / "@11ty/eleventy-plugin-rss").is_dir():
        if not shutil.which("npm"):
            raise SystemExit("Eleventy needs npm: install Node 18 or newer, or leave eleventy out of BENCH_PEERS.")
        print(f"Installing Eleventy into {modules.parent}", file=sys.stderr)
        packages = ("@11ty/eleventy@3.1.7", "@11ty/eleventy-plugin-rss@2.0.4")
        said("npm", "install", "--no-audit", "--no-fund", "--prefix", modules.parent, *packages)
    program = str(modules / "@11ty/eleventy/cmd.cjs")
    return Program(
        name="eleventy",
        title=f"Eleventy {said('node', program, '--version')}",
        command=("node", program, "--quiet"),
        outputs=("_site",),
        caches=(".cache",),
        newest=pages("_site", "", "feed.xml", "", "tags/{tag}", "authors/{author}"),
        leaves_out=f"{LEFT_OUT}, ids of headings, checks of links between issues",
        modules=modules,
    )


def pelican() -> Program:
    packages = ("pelican[markdown]>=4.11,<5", "pelican-neighbors>=1.2", "pelican-sitemap>=1.2")
    home = environment("pelican", "pelican", *packages)
    return Program(
        name="pelican",
        title=f"Pelican {said(home / 'pelican', '--version')}, with its cache",
        command=(str(home / "pelican"), "--quiet", "--fatal", "errors"),
        outputs=("output",),
        caches=("cache",),
        newest=pages("output", "", "feed.xml", "", "tags/{tag}", "authors/{author}"),
        leaves_out=f"{LEFT_OUT}, ids of headings",
    )


PEERS: dict[str, Callable[[], Program]] = {
    "hugo": hugo,
    "eleventy": eleventy,
    "pelican": pelican,
    "material": material,
}
