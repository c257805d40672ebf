"""What must stand only once in a publication: ids and addresses."""

from collections.abc import Iterable, Sequence

from tipsheet.model.post import Post
from tipsheet.problems import Evidence, Problem, Sign, Where

__all__ = ["unique_addresses", "unique_ids"]


def unique_ids(found: Iterable[tuple[str, Where]]) -> list[Problem]:
    """Ids that two files share."""
    first: dict[str, Where] = {}
    problems = []
    for name, where in found:
        if name in first:
            hint = f"the other is {first[name].path}; readers would get one of the two only"
            own = (Evidence(Sign.KEY, "id"),)
            problems.append(Problem(where, "TS010", f"the id '{name}' is taken", hint, evidence=own))
        first.setdefault(name, where)
    return problems


def unique_addresses(posts: Sequence[Post]) -> list[Problem]:
    """Pages and redirects that would be written to one address."""
    taken: dict[str, Where] = {}
    problems = []
    claims = [(post.url, post.where, Evidence(Sign.KEY, "slug")) for post in posts]
    claims += [
        (post.url.replace(post.slug, alias, 1), post.where, Evidence(Sign.KEY, "aliases", alias))
        for post in posts
        for alias in post.aliases
    ]
    for address, where, own in claims:
        if address in taken:
            hint = f"the other is {taken[address].path}; give one of them another slug"
            problems.append(Problem(where, "TS011", f"the address '{address}' is taken", hint, evidence=(own,)))
        taken.setdefault(address, where)
    return problems
