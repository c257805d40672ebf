"""What a publication is, as frozen values: no files, no clock, no network.

Read `audience` first: it holds the one function that decides who sees what.
"""
