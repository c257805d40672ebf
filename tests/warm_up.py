"""Imported by the process that programs are forked from (`tests.warm`): loads modules, and builds once."""

import tempfile
from pathlib import Path

from tests.folders import write_publication
from tests.installed import remember_what_is_installed
from tests.sample import NOW
from tipsheet import press
from tipsheet.last_build import BuildOptions

remember_what_is_installed()
with tempfile.TemporaryDirectory() as folder:
    root = write_publication(Path(folder, "publication"), {})
    press.build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
