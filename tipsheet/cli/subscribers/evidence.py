"""Options that say how somebody has agreed, or has not."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tipsheet.audience.consent import Evidence

__all__ = ["evidence_options", "source_option"]

Command = Callable[..., Any]


source_option = click.option(
    "--source", default="an editor", show_default=True, metavar="TEXT", help="How they said so."
)


def evidence_options(command: Command) -> Command:
    """``--source``, ``--form`` and ``--wording``, which the command gets as one ``evidence``."""

    @click.option(
        "--source",
        required=True,
        metavar="TEXT",
        help="Where they agreed: the address of a form, or words such as 'fair in Utrecht, list 3'.",
    )
    @click.option("--form", default="", metavar="TEXT", help="Name of the form.")
    @click.option("--wording", default="", metavar="TEXT", help="What they read when they agreed.")
    @functools.wraps(command)
    def gathered(*args: Any, source: str, form: str, wording: str, **options: Any) -> Any:
        return command(*args, evidence=_evidence(source, form, wording), **options)

    return gathered


def _evidence(source: str, form: str, wording: str) -> "Evidence":
    from tipsheet.audience.consent import Evidence

    if not source.strip():
        raise click.BadParameter("say where they agreed.", param_hint="--source")
    return Evidence(source=source, form=form, wording=wording)
