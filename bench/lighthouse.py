"""Pages of the sample as Lighthouse sees them on a phone, served on loopback with gzip.

    make bench-lighthouse
    BENCH_RUNS=5 BENCH_PAGES=,actions/ make bench-lighthouse

The phone is Lighthouse's own, a slow one on a slow network that it simulates; the score of performance still falls on
a busy machine. Median of `BENCH_RUNS` (3). Lighthouse is installed by npm into `.bench/` where it is missing.
"""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".bench/lighthouse"
PAGES = os.environ.get("BENCH_PAGES", ",issues/what-would-you-stop/,actions/").split(",")
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
TEXT = (".html", ".css", ".js", ".json", ".svg", ".xml")
FLAGS = "--headless=new --no-sandbox --disable-gpu"


class Compressed(SimpleHTTPRequestHandler):
    """Files as a static host sends them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            self.send_error(404)
            return
        data, small = file.read_bytes(), file.suffix in TEXT
        data = gzip.compress(data, 6) if small else data
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=3600")
        if small:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def program() -> list[str]:
    """The command of Lighthouse, installed if it is missing."""
    modules = TOOLS / "node_modules"
    if not (modules / "lighthouse").is_dir():
        if not shutil.which("npm"):
            sys.exit("Lighthouse needs npm: install Node 18 or newer.")
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", TOOLS, "lighthouse@12.8.2"]
        subprocess.run([str(word) for word in command], check=True)
    return ["node", str(modules / "lighthouse/cli/index.js")]


def scores(lighthouse: list[str], url: str) -> dict[str, float]:
    """The scores of one visit, of 100 each."""
    options = ["--quiet", "--output=json", "--output-path=stdout", f"--chrome-flags={FLAGS}"]
    options.append(f"--only-categories={','.join(GOALS)}")
    environ = {"CHROME_PATH": shutil.which("chromium") or "", **os.environ}
    done = subprocess.run([*lighthouse, url, *options], check=True, stdout=subprocess.PIPE, env=environ)
    report = json.loads(done.stdout)
    for audit in report["audits"].values():
        if audit["score"] == 0 and audit["scoreDisplayMode"] == "binary":
            print(f"{url}: {audit['title']}", file=sys.stderr)
    return {name: round(100 * report["categories"][name]["score"]) for name in GOALS}


def main() -> None:
    lighthouse = program()
    found: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        build = [sys.executable, "-m", "tipsheet", "build", "--cold", f"--site-dir={folder}/site"]
        subprocess.run([*build, f"--outbox-dir={folder}/outbox"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=f"{folder}/site"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for _ in range(RUNS):
            for page in PAGES:
                for name, score in scores(lighthouse, f"http://127.0.0.1:{server.server_port}/{page}").items():
                    found.setdefault((page, name), []).append(score)
        server.shutdown()
    table = Table(title=f"Lighthouse on a phone, median of {RUNS}")
    table.add_column("page")
    for name in GOALS:
        table.add_column(name, justify="right")
    for page in PAGES:
        table.add_row(f"/{page}", *(f"{statistics.median(found[page, name]):.0f}" for name in GOALS))
    Console(width=100).print(table)
    for (page, name), values in found.items():
        if statistics.median(values) < GOALS[name]:
            print(f"/{page}: {name} {statistics.median(values):.0f} (goal {GOALS[name]})  MISSED")


if __name__ == "__main__":
    main()
