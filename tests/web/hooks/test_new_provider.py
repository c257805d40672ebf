"""W10: a provider is one file and one line; its address, its variable and its part of the reference follow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ACME = """
from tipsheet.delivery.hook_events import HookEvent, HookKind
from tipsheet.web.hooks import Hook, check_credentials

def read(call):
    check_credentials(call)
    yield HookEvent(provider="acme", kind=HookKind.POLICY, digest="a" * 32, at=call.now)

ACME = Hook(name="acme", title="Acme Mail", holds="word", form="[a-z]+", proof="none", kinds={}, read=read)
"""
LINE = ("SES, POSTMARK,", "ACME, SES, POSTMARK,")
IMPORT = ("from tipsheet.web.hooks.brevo", "from tipsheet.web.hooks.acme import ACME\nfrom tipsheet.web.hooks.brevo")
PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from docs.reference.pages import PAGES
from tests.web.builders import world
from tipsheet.store.database import open_store
from tipsheet.web import create_app
folder = Path(sys.argv[1])
here = world(open_store(f"sqlite:///{folder}/audience.db"), folder)
client = create_app(replace(here.service, environ={"TIPSHEET_HOOK_ACME": "sesame"})).test_client()
print(client.post("/hook/acme", headers={"Authorization": "Bearer sesame"}).status_code)
print(client.post("/hook/acme").status_code)
print(PAGES["hooks.md"]().count("Acme Mail"), PAGES["hooks.md"]().count("TIPSHEET_HOOK_ACME"))
"""


def test_a_provider_is_a_file_and_a_line(tmp_path: Path) -> None:
    package = tmp_path / "tipsheet"
    shutil.copytree(ROOT / "tipsheet", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "web/hooks/acme.py").write_text(ACME)
    registry = package / "web/__init__.py"
    before = registry.read_text()
    assert (before.count(LINE[0]), before.count(IMPORT[0])) == (1, 1)
    registry.write_text(before.replace(*LINE).replace(*IMPORT))
    told = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        check=False,
        env=told,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.stdout.split(), done.stderr) == (["200", "401", "2", "1"], "")
