"""The style sheet of the publication's own colours and type, from the settings that the mail uses too."""

from tipsheet.settings import Look, Tones

__all__ = ["LOOK_FILE", "style_sheet"]

LOOK_FILE = "assets/look.css"


def style_sheet(look: Look) -> str:
    """Custom properties of both schemes; Material says by ``data-md-color-scheme`` which one counts."""
    return (
        f':root, [data-md-color-scheme="default"] {{ color-scheme: light; {_tones(look.light)} }}\n'
        f'[data-md-color-scheme="slate"] {{ color-scheme: dark; {_tones(look.dark)} }}\n'
        f":root {{ --serif: {look.serif}; --sans: {look.sans}; }}\n"
    )


def _tones(tones: Tones) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in tones.model_dump().items())
