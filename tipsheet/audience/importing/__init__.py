"""The import of subscribers from a file: our own exports, those of providers, and any CSV with a mapping.

`run` does the whole: bytes become lines and rows (`csv_file`), columns get their meanings (`columns`, with the table of
`importers`), a row becomes a candidate (`layout`), and candidates go to the store (`loading`).
"""
