"""Feeds: what is published, for programs that tell their owners of new issues."""
