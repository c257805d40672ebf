"""Run pymap as other servers are: with keywords of one's own, or without MOVE."""

import sys

from pymap.backend.dict.mailbox import MailboxData
from pymap.config import IMAPConfig
from pymap.main import main
from pymap.parsing.specials.flag import Flag
from pysasl.hashing import BuiltinHash


def with_keywords() -> None:
    """Keep any flag, as Dovecot does."""
    given = MailboxData.permanent_flags
    MailboxData.permanent_flags = property(lambda box: given.fget(box) | {Flag(b"\\*")})


def without_move() -> None:
    """As servers older than RFC 6851."""
    given = IMAPConfig.login_capability
    IMAPConfig.login_capability = property(lambda config: [one for one in given.fget(config) if one != b"MOVE"])


if __name__ == "__main__":
    # A login is no secret here, and half a million rounds of a hash for each take a quarter of a second.
    IMAPConfig._get_hash_context = classmethod(lambda _config, _file: BuiltinHash(rounds=1))
    for word, change in {"--keywords": with_keywords, "--no-move": without_move}.items():
        if word in sys.argv:
            sys.argv.remove(word)
            change()
    main()
