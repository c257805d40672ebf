"""Imported by the process that programs are forked from (`tests.warm`): loads all modules, and builds."""

import gc
import pkgutil
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import tipsheet
from tests.folders import write_publication
from tests.installed import remember_what_is_installed
from tests.sample import NOW
from tipsheet import press
from tipsheet.last_build import BuildOptions
from tipsheet.store.database import open_store

remember_what_is_installed()
THEIRS = ("pymap.main", "psycopg", "waitress", "click.testing", "tests.delivery.builders", "tests.delivery.sink")
"""What programs of tests load beside the modules of ours."""
for name in (*(module.name for module in pkgutil.walk_packages(tipsheet.__path__, "tipsheet.")), *THEIRS):
    if not name.endswith("__main__") and ".migrations" not in name:
        with suppress(ImportError):  # of what is not installed here
            import_module(name)
with tempfile.TemporaryDirectory() as folder:
    root = write_publication(Path(folder, "publication"), {})
    press.build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    open_store(f"sqlite:///{folder}/store.db").dispose()
gc.collect()
gc.freeze()  # the programs need not look through all this for garbage, which would copy it too
