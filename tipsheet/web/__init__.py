"""The service: what readers' clicks reach. Routes, their guards, and the letters that they ask for.

It joins what the build left in the outbox and never renders. ``tipsheet.web:app`` is the WSGI application for
gunicorn; it is made from the environment when it is asked for.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    app: Flask

__all__ = ["app"]


def __getattr__(name: str) -> Any:
    """Make the application at the first ``tipsheet.web.app``, so that importing the package opens no store."""
    if name != "app":
        raise AttributeError(name)
    from tipsheet.web.app import app_from  # noqa: PLC0415 - importing the package must cost nothing

    made = app_from(os.environ)
    globals()["app"] = made
    return made
