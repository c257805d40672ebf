"""Bringing subscribers from a file: own exports, those of other providers, and any CSV with a mapping.

`run` is the whole of it: bytes become lines (`lines`), lines rows (`rows`), the columns are
recognised (`recognition`, with a table of `providers`), a row becomes a candidate (`layout`), and
candidates go to the store (`loading`).
"""
