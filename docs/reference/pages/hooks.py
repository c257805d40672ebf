"""The page of hooks: providers, their variables and words, and how letters are named in what they tell."""

from docs.reference.pages.markdown import code, grid, page
from tipsheet.delivery.bounces import SOFT_DAYS, SOFT_ISSUES, SOFT_LIMIT
from tipsheet.delivery.hook_events import ADDRESS_DAYS, CARRIERS, HookKind
from tipsheet.web import HOOKS
from tipsheet.web.hooks import Hook, variable_of

__all__ = ["hooks"]

FOLLOWS = {
    HookKind.DELIVERED: "nothing",
    HookKind.DEFERRED: "nothing: the provider tries again",
    HookKind.HARD: "the reader has bounced, and is sent nothing any more",
    HookKind.SOFT: f"counted: {SOFT_LIMIT} over {SOFT_ISSUES} issues within {SOFT_DAYS} days are a bounce",
    HookKind.POLICY: "nothing: it is about you, or the provider",
    HookKind.COMPLAINED: "the reader has complained, and is sent nothing any more",
    HookKind.UNSUBSCRIBED: "the reader has left",
}


def hooks() -> str:
    """The page."""
    return page(
        "Hooks",
        "What a provider tells of letters comes to `POST /hook/NAME` of `tipsheet web`. See"
        " [Bounces from a provider](../how-to/bounces-from-a-provider.md) for how to set it up.",
        "## Variables",
        "Several secrets may stand in a variable with blanks between, while one is changed. Without its variable a hook"
        " answers 404, as any address that does not exist.",
        grid(
            ("provider", "address", "variable", "it holds", "proof of a call"),
            (
                (hook.title, code(f"/hook/{name}"), code(variable_of(name)), hook.holds, hook.proof)
                for name, hook in HOOKS.items()
            ),
        ),
        "## What names a letter",
        "When `TIPSHEET_SMTP_URL` names one of these servers, each letter carries the key of its Message-ID in a field"
        " of its header. Where an event has neither key nor a reader's token, its address names the reader's last"
        f" letter, if that was sent within {ADDRESS_DAYS} days.",
        grid(
            ("provider", "servers", "field", "handed back in", "documented for SMTP"),
            (
                (
                    HOOKS[name].title,
                    code(carrier.host),
                    code(carrier.field),
                    carrier.back,
                    "yes" if carrier.verified else "no",
                )
                for name, carrier in CARRIERS.items()
            ),
        ),
        "## What follows",
        grid(("event", "what follows"), ((kind.value, FOLLOWS[kind]) for kind in HookKind)),
        "A bounce is read by the server's status and words where the event has them: policy (`5.7.x`) and a full"
        " mailbox come before the provider's own word, and what the provider calls temporary is never hard. Words that"
        " are not listed here change nothing.",
        *(f"## {hook.title}\n\n{words(hook)}" for hook in HOOKS.values()),
    )


def words(hook: Hook) -> str:
    """A provider's words and what they mean."""
    return grid(("its words", "event"), ((code(said), kind.value) for said, kind in hook.kinds.items()))
