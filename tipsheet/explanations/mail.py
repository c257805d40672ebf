"""TS301 to TS499: the mail."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["MAIL"]

MAIL = (
    Explanation(
        code="TS301",
        title="The mail has no way out",
        wrong="Every letter must hold an address that ends the subscription. Mailbox providers and the law ask for it.",
        mend="Set mail: unsubscribe_url: in mkdocs.yml. @@token@@ stands for the reader.",
        before="mail: {sender: Half Turn <letters@halfturn.example>}",
        after="mail:\n  sender: Half Turn <letters@halfturn.example>\n  unsubscribe_url: https://lists.halfturn.example/leave/@@token@@",
    ),
)
