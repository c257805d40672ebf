"""Configuration of Alembic: it runs the scripts inside the transaction that `store.database` has begun."""
# ruff: noqa: INP001 - Alembic runs this file by its path

from alembic import context

from tipsheet.store.database import VERSION_TABLE
from tipsheet.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
