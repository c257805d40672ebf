"""``tipsheet export``: a letter for a provider who sends it."""

import datetime as dt
from pathlib import Path

import click

from tipsheet.cli.findings import as_json as problem_as_json
from tipsheet.cli.findings import show
from tipsheet.cli.names import issues, segments
from tipsheet.cli.options import examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json
from tipsheet.rendering.providers import PROVIDERS

__all__ = ["export"]


@click.command(
    epilog=examples(
        "tipsheet export 2026-w48 --for listmonk",
        "tipsheet export 2026-w48 --for mailchimp --segment managers --drafts",
    )
)
@click.argument("issue", shell_complete=issues)
@click.option("--for", "provider", type=click.Choice(tuple(PROVIDERS)), required=True, help="Who sends it.")
@click.option(
    "--segment",
    "named",
    multiple=True,
    shell_complete=segments,
    help="A segment that its readers are in; may be given several times. Default: none, as for everyone.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default="exports",
    show_default=True,
    metavar="DIR",
    help="Where the files go.",
)
@click.option("--drafts", is_flag=True, help="Export a draft or a coming issue as if it were out.")
@json_option
@now_option
@pass_session
def export(
    session: Session,
    issue: str,
    provider: str,
    named: tuple[str, ...],
    output: Path,
    *,
    drafts: bool,
    as_json: bool,
    moment: dt.date | None,
) -> None:
    """Write the letter of an ISSUE with the tags of a provider.

    The HTML and the text part become files in DIR, which is relative to the publication. Merge
    fields, the way out and the preferences are the provider's own; subject and inbox line are
    printed. What the provider cannot do is listed, and then nothing is written.
    """
    from tipsheet import press

    readers = frozenset(named)
    exported = press.export(session.root, issue, PROVIDERS[provider], readers, now=session.now(moment), drafts=drafts)
    letter = exported.letter
    name = f"{issue}-{'+'.join(sorted(readers)) or 'everyone'}"
    folder = session.root / output
    folder.mkdir(parents=True, exist_ok=True)
    html, text = (folder / f"{name}.{kind}" for kind in ("html", "txt"))
    html.write_bytes(letter.html.encode())
    text.write_bytes(letter.text.encode())
    if as_json:
        echo_json({
            "issue": issue,
            "provider": provider,
            "segments": sorted(readers),
            "subject": letter.subject,
            "preheader": letter.preheader,
            "html": str(html),
            "text": str(text),
            "problems": [problem_as_json(problem) for problem in exported.problems],
        })  # fmt: skip
        return
    show(exported.problems, session.root, whole=session.verbose)
    echo(f"{html}\n{text}\nSubject: {letter.subject}\nPreheader: {letter.preheader}")
