"""The editor's desk: the site and the letters while one writes, in a browser on this machine.

`desk` holds what is shown, `watching` hears of saved files, `server` answers; each area of the desk is a module with a
blueprint, and a line in `server.AREAS`.
"""
