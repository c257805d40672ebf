"""Words that stand where an editor has to write: in a new issue, until then. Nobody is sent them (D23)."""

__all__ = ["ACTION", "ACTION_STEPS", "ACTION_WHY", "DESCRIPTION", "OPENING", "SENTENCES"]

DESCRIPTION = "Say here in one sentence what a reader gets from this issue; inboxes show it beside the subject."
OPENING = "Write the opening here: what one of us saw, did or was told, and what it is good for."
ACTION = "Name here the one thing to do"
ACTION_WHY = "Say in a sentence why it is worth ten minutes."
ACTION_STEPS = ("Write the first step here.", "Write the second step here.")

SENTENCES = (DESCRIPTION, OPENING, ACTION, ACTION_WHY, *ACTION_STEPS)
