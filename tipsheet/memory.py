"""The memory of reading and checking: taken from the state of the last build or check, and left to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tipsheet.engine.build import Run
from tipsheet.engine.codec import CodecError
from tipsheet.engine.digest import digest_of
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.state import DamagedStateError, Row
from tipsheet.engine.units import Loader, Ref, Unit, called
from tipsheet.last_build import LookedAt
from tipsheet.problems import Problem
from tipsheet.reading.published import FOLDERS, WELCOME_FILE
from tipsheet.reading.recall import Recall
from tipsheet.reading.rows import PostRow, rows_in, written_rows
from tipsheet.settings import Settings

__all__ = ["Memory", "problems_of"]

POSTS = "posts"
"""Name of the rows of all posts in a state."""
LOOKS_ELSEWHERE = ("snippets", "b64", "include", "macros")
"""Extensions of Markdown whose names hold one of these words read other files, of which we know nothing."""


@dataclass
class Memory:
    """The memory of one build; ``environ`` are the variables that mkdocs.yml may name."""

    run: Run
    environ: Mapping[str, str]
    inputs: Inputs = field(init=False)
    looked_at: LookedAt = field(init=False)
    _recall: Recall = field(init=False)

    def recall(self, root: Path, settings: Settings) -> Recall:
        """The files as they are, and what was read in them last time, if mkdocs.yml is the same."""
        names = [settings.docs_dir, *settings.files, *([settings.overrides] if settings.overrides else [])]
        self.inputs = self.run.scan(root, names)
        foreign = any(word in name for name in settings.markdown for word in LOOKS_ELSEWHERE)
        self.looked_at = LookedAt(
            names=tuple(names), variables=settings.variables, anything=foreign or settings.foreign
        )
        given = digest_of(
            [(name, self.inputs.digest(name)) for name in settings.files],
            [(name, self.environ.get(name)) for name in self.looked_at.variables],
        )
        before, self.run.after.facts["settings"] = self.run.before.facts.get("settings"), given
        state = self.run.before
        if before != given or foreign:
            self._recall = Recall(self.inputs)
        else:
            rows: dict[str, Row | PostRow] = {**state.readings, **self._posts()}
            self._recall = Recall(self.inputs, rows, state.answers, state.texts)
        return self._recall

    def _posts(self) -> Mapping[str, PostRow]:
        try:
            return rows_in(self.run.before.light.get(POSTS, b""))
        except CodecError as error:
            raise DamagedStateError(POSTS) from error

    def links(self, settings: Settings) -> str:
        """The digest of the answers to links of ordinary pages."""
        rows = {**self._recall.rows, **self._recall.kept}
        depth = len(settings.docs_dir.split("/"))
        posts = {*FOLDERS, WELCOME_FILE}
        names = {n for path, row in rows.items() if path.split("/")[depth] not in posts for n in row.asked}
        return digest_of([(name, self._recall.given.get(name)) for name in sorted(names)])

    def mail(self, settings: Settings) -> Mapping[str, Ref]:
        """References to what every letter is made from."""
        folder = f"{settings.overrides}/email"
        found = [(path, self.inputs.digest(path)) for path in self.inputs.below(folder)] if settings.overrides else []
        mark = settings.masthead.logo_dark  # which is looked for beside the logo, and set nowhere
        return {
            "settings": Ref("settings", "", digest_of(self.run.after.facts["settings"], mark)),
            "templates": Ref("templates", "mail", digest_of(found)),
        }

    def leave(self) -> None:
        """Leave to the next build what this one read."""
        recall, after = self._recall, self.run.after
        rows = {path: row for path, row in {**recall.rows, **recall.kept}.items() if path in self.inputs.files}
        posts = {path: row for path, row in rows.items() if isinstance(row, PostRow)}
        after.readings = {path: row for path, row in rows.items() if not isinstance(row, PostRow)}
        after.light = {POSTS: written_rows(posts.values())}
        texts = self.run.before.texts
        new = {path: data for path, data in recall.fresh.items() if path in posts}
        after.texts = replace(texts, stored=texts.stored & posts.keys() - new.keys(), new=new)
        after.answers = dict(recall.given)


def problems_of(units: Sequence[Unit], load: Loader, memory: Memory | None) -> list[Problem]:
    """The problems of units that write nothing; those that stand are taken from the memory, if there is one."""
    if memory is None:
        return [problem for unit in units for problem in called(unit, load, {}).problems]
    before = len(memory.run.problems)
    memory.run.make(units, load)
    return memory.run.problems[before:]
