"""Write tipsheet/rendering/email/rules/caniemail.json from the npm package ``caniemail``.

    npm install --prefix .ci
    python tests/rendering/derive_caniemail.py .ci/node_modules/caniemail

The table holds, for every feature and each mail program that tipsheet looks after, one letter: ``y`` known,
``a`` known in part, ``n`` not known, ``u`` nobody tried. The newest version that was tried counts.
"""

import json
import sys
from pathlib import Path
from typing import Any

PROGRAMS = {
    "Gmail": ("gmail", "desktop-webmail"),
    "Gmail for iOS": ("gmail", "ios"),
    "Gmail for Android": ("gmail", "android"),
    "Outlook for Windows": ("outlook", "windows"),
    "Outlook.com": ("outlook", "outlook-com"),
    "Outlook for Mac": ("outlook", "macos"),
    "Apple Mail": ("apple-mail", "macos"),
    "Apple Mail for iOS": ("apple-mail", "ios"),
}
TABLE = Path(__file__).parents[2] / "tipsheet/rendering/email/rules/caniemail.json"


def derived(package: Path) -> str:
    """The table as JSON text."""
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    data = json.loads((package / "data/caniemail.json").read_text("utf-8"))
    head = {
        "source": "https://www.caniemail.com/, tests by Rémi Parmentier and contributors",
        "package": f"caniemail {version} of npm, by Andrew Powell; data of {data['last_update_date'][:10]}",
        "changes": "reduced to one letter a program by tests/rendering/derive_caniemail.py",
        "licence": [line for line in (package / "LICENSE").read_text("utf-8").splitlines() if line],
        "programs": list(PROGRAMS),
    }
    rows = {f["slug"]: "".join(_newest(f["stats"], *place) for place in PROGRAMS.values()) for f in data["data"]}
    return json.dumps(head | {"features": dict(sorted(rows.items()))}, ensure_ascii=False, indent=1) + "\n"


def _newest(stats: dict[str, Any], family: str, platform: str) -> str:
    versions = list(stats.get(family, {}).get(platform, {}).values())
    return str(versions[-1])[0] if versions else "u"


if __name__ == "__main__":
    TABLE.write_text(derived(Path(sys.argv[1])), "utf-8")
