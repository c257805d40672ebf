"""A process that sends the service's letters, which tests kill: ``python -m tests.web.run_postman '{"url": …}'``.

``die`` names a checkpoint and how often it is passed before the process kills itself there.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path

from tests.audience.people import SECRET
from tests.delivery.run_sender import Failpoint
from tests.delivery.sink import connect_to
from tests.web.builders import NOW
from tipsheet.store.database import open_store
from tipsheet.web.letters import Post, work_off
from tipsheet.web.service import Outbox, Service


def main(told: dict[str, object]) -> None:
    service = Service(
        engine=open_store(str(told["url"])), outbox=Outbox(Path(str(told["outbox"]))), secret=SECRET, clock=lambda: NOW
    )
    connect = partial(connect_to, told["port"])
    work_off(Post(service=service, connect=connect, checkpoint=Failpoint(*told.get("die", ("", 0)))))
    service.engine.dispose()


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    main(json.loads(sys.argv[1]))
