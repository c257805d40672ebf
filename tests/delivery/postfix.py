"""Debian's postfix with a configuration and a queue of its own, on loopback: it delivers into one Maildir.

It is started by root, as postfix wants it; nothing of the machine's own mail is touched, and nothing
leaves the machine: what is not for `DOMAIN` is refused.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.programs import free_port, wait_for

DOMAINS = "example.org example.com example.net"
DAEMONS = Path("/usr/lib/postfix/sbin")
AVAILABLE = shutil.which("postfix") is not None and os.geteuid() == 0
PATIENCE = 30

MAIN = """\
compatibility_level = 3.6
config_directory = {here}/conf
queue_directory = {here}/queue
data_directory = {here}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {here}/mail.log
maillog_file_prefixes = {here}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.postfix.test
mydestination =
alias_maps =
local_recipient_maps =
default_transport = error:nothing leaves this machine
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {here}/mail
virtual_mailbox_maps = regexp:{here}/conf/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
message_size_limit = 200000
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
error     unix  - - n - - error
retry     unix  - - n - - error
proxymap  unix  - - n - - proxymap
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""

MAILBOXES = """\
if !/^nobody@/
/@example[.](org|com|net)$/ inbox/
endif
"""


@dataclass(frozen=True)
class Postfix:
    """A running server."""

    port: int
    here: Path

    def delivered(self, count: int) -> list[bytes]:
        """The letters in the mailbox, once there are so many of them."""
        inbox = self.here / "mail/inbox/new"
        end = time.monotonic() + PATIENCE
        while len(found := sorted(inbox.glob("*"))) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{len(found)} of {count} letters arrived:\n{self.log}")
            time.sleep(0.05)  # postfix tells nobody when it has delivered
        return [file.read_bytes() for file in found]

    @property
    def log(self) -> str:
        """What the server wrote."""
        return (self.here / "mail.log").read_text(errors="replace")


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """Postfix' `smtp-sink`, which takes everything and keeps nothing; yields its port."""
    port = free_port()
    program = subprocess.Popen(["smtp-sink", "-u", "postfix", *options, f"127.0.0.1:{port}", "10"])
    try:
        wait_for(port, program)
        yield port
    finally:
        program.terminate()
        program.wait()


@contextmanager
def running(main: str = "", master: str = "") -> Iterator[Postfix]:
    """Start it, with more lines of configuration, and stop it at the end."""
    here = Path(tempfile.mkdtemp(prefix="tipsheet-postfix-"))
    here.chmod(0o755)
    nobody, owner = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
    port = free_port()
    for name in ("conf", "queue", "data", "mail"):
        (here / name).mkdir()
    os.chown(here / "data", owner.pw_uid, owner.pw_gid)
    os.chown(here / "mail", nobody.pw_uid, nobody.pw_gid)
    facts = {"here": here, "daemons": DAEMONS, "domains": DOMAINS, "port": port}
    (here / "conf/main.cf").write_text(MAIN.format(**facts, uid=nobody.pw_uid, gid=nobody.pw_gid) + main)
    (here / "conf/master.cf").write_text(MASTER.format(**facts) + master)
    (here / "conf/mailboxes").write_text(MAILBOXES)
    postfix = ["postfix", "-c", str(here / "conf")]
    try:
        subprocess.run([*postfix, "start"], check=True, capture_output=True, timeout=PATIENCE)
        yield Postfix(port, here)
    finally:
        subprocess.run([*postfix, "stop"], check=False, capture_output=True, timeout=PATIENCE)
        shutil.rmtree(here, ignore_errors=True)
