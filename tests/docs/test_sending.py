"""What the README says of sending is what happens, as typed, in a copy of the sample."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.documents import fences
from tests.programs import free_port
from tests.sample import NOW, ROOT, copy_of_sample


def test_a_thousand_readers_get_the_newest_issue_once(tmp_path: Path) -> None:
    (block,) = [fence.text for fence in fences(ROOT / "README.md") if "deliveries status" in fence.text]
    folder = copy_of_sample(tmp_path / "half turn")
    activate = folder / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')
    typed = block.replace("8025", str(free_port())).replace("pip install", "python -m pip --version; : ")
    typed = re.sub(r"(?m)^kill \$sink$", "", typed).replace("& sink=$!", "& sink=$!; trap 'kill $sink' EXIT")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("TIPSHEET_")}
    environ |= {"SOURCE_DATE_EPOCH": str(int(NOW.timestamp())), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euc", typed], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stderr
    assert "Added: 1,000 fictional subscribers." in done.stderr
    assert done.stdout.splitlines()[-1] == "2026-w47 is done: 898 sent."
