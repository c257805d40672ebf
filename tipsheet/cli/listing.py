"""``tipsheet list``: the issues, what is out and what is planned."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo_json

if TYPE_CHECKING:
    from tipsheet.model.post import Post

__all__ = ["list_issues"]


@click.command("list", epilog=examples("tipsheet list --future", "tipsheet list --articles --json"))
@click.option("--future", is_flag=True, help="Only what has not appeared: drafts and coming issues, soonest first.")
@click.option("--articles", is_flag=True, help="The articles as well.")
@json_option
@now_option
@pass_session
def list_issues(session: Session, *, future: bool, articles: bool, as_json: bool, moment: dt.date | None) -> None:
    """List the issues with date, state and action.

    The newest come first.
    """
    _, publication = session.read(moment)
    posts: list[Post] = [*publication.issues, *(publication.articles if articles else ())]
    if future:
        posts = [post for post in posts if not post.out(publication.now)]
    posts.sort(key=lambda post: (post.published, post.id), reverse=not future)
    rows = [_values(post, publication.now) for post in posts]
    if as_json:
        echo_json(rows)
    elif rows:
        columns = ("date", "id", *(("kind",) if articles else ()), "state", "title", "action")
        echo_table(columns, [[row[column] or "" for column in columns] for row in rows])
    else:
        session.say("Nothing is planned." if future else "There are no issues yet.")


def _values(post: "Post", now: dt.datetime) -> dict[str, str | None]:
    from tipsheet.model.audience import PUBLIC
    from tipsheet.model.post import Issue

    actions = post.body.all_actions()
    action = post.body.action(PUBLIC) or (actions[0] if actions else None)
    return {
        "date": post.published.date().isoformat(),
        "published": post.published.isoformat(),
        "id": post.id,
        "kind": "issue" if isinstance(post, Issue) else "article",
        "state": "draft" if post.draft else "out" if post.out(now) else "future",
        "title": post.title,
        "action": action.title if action else None,
        "path": post.where.path,
    }
