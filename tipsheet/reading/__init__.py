"""From files to the model: headers with line numbers, one parse of each body, notes, authors, actions.

`read_publication` is the way in; it never raises for a mistake in content but collects them all.
"""

from tipsheet.reading.publication import read_publication

__all__ = ["read_publication"]
