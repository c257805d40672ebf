"""What commands write for an editor: a new publication, a new issue, an issue assembled from the library.

Everything here is worked out first and written by `save`, which never writes over a file.
"""
