"""From a publication to its site: the one package (with `tipsheet.plugin`) that knows MkDocs.

`pages` says which pages there are and what stands on each, as values; `theme` gives them their face
through Material's templates; `build` runs MkDocs as a library and writes everything.
"""
