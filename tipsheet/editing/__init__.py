"""Work of the commands for editors: a new publication, a new issue, an issue assembled from the library, the calendar.

Files are worked out first, as values; `drafts.save` and `starter.make_starter` write them, and never over a file.
"""
