"""The engine of a build that remembers: units, the state of the last build, and moving files in.

The law: a build that remembers gives the same bytes as one that does not. So everything in here is
either a fact about a file (`inputs`), the value of a pure function beside a digest of all its
arguments (`units`), or what was written where (`build`). It lies in ``.tipsheet/``, and may be
deleted at any time.
"""
