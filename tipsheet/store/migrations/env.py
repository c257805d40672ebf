"""How Alembic runs the scripts: inside the transaction that `store.version` has begun."""
# ruff: noqa: INP001 - Alembic runs this file by its path

from alembic import context

from tipsheet.store.ledger import METADATA
from tipsheet.store.service import signup  # noqa: F401 - its tables are part of METADATA
from tipsheet.store.version import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
