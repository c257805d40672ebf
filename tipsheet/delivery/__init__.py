"""Sending: from an edition in the outbox to each subscriber, once. Read `tipsheet.delivery.sending` first.

Errors, with the exit codes of commands::

    TipsheetError
    ├── NotReadyError         1    reasons against sending to readers (gate)
    ├── TestRefusedError      1    a test, or a letter of a dry run, was not taken (letters)
    ├── NotInOutboxError      2    no letter of that name, or one that cannot be read (`tipsheet.edition.outbox`)
    ├── NotThatStateError     2    an issue that cannot be paused, resumed, sent … now (snapshot)
    ├── MailServerUrlError    2    no address of a mail server, or one that cannot be (mail_server)
    ├── DkimKeyError          2    no key to sign with (dkim)
    ├── ContentChangedError   3    the edition is not the one that readers were sent (snapshot)
    ├── MailServerError      69    a mail server that refuses us, or that we refuse (connect)
    ├── GitLockError         69    a repository that cannot be asked (locks)
    ├── ChannelError         69    the connection that takes the messages is gone (channel)
    └── AnotherSenderError   75    another sender works on this database (locks)

What the database refuses is in `tipsheet.store.failures`; nothing is sent without it.
"""
