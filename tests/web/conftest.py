"""A service on the store of each database, and a browser that keeps no cookie."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.web.builders import World, world
from tipsheet.web import create_app


@pytest.fixture
def here(store: sa.Engine, tmp_path: Path) -> World:
    return world(store, tmp_path)


@pytest.fixture
def client(here: World) -> FlaskClient:
    return create_app(here.service).test_client(use_cookies=False)
