"""What an editor's commands work out: a new publication, a new issue, an issue assembled from the library.

Everything is worked out first, as values; `drafts.save` and `starter.make_starter` write it, and
never over a file.
"""
