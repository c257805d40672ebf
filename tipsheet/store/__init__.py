"""The database of subscribers and of the letters that they were sent: SQLite, or PostgreSQL by URL, one schema.

`audience` and `delivery` ask and change it; nothing of a build imports it.
"""
