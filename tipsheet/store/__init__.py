"""The database that says who reads and who was sent what: SQLite by default, PostgreSQL by URL, one schema.

`audience` and `delivery` ask and change it; nothing of a build imports it.
"""
