"""Attribute lists in braces, such as ``{ .cta }``: only what is one, so that other braces stay text (C19)."""

import re

from markdown.extensions.attr_list import AttrListTreeprocessor

__all__ = ["AttributeLists"]

_BARE = (
    "allowfullscreen|async|autofocus|autoplay|checked|controls|default|defer|disabled|download|hidden|inert|ismap|loop|"
    "markdown|multiple|muted|nomodule|novalidate|open|playsinline|readonly|required|reversed|selected|(?:data|aria)-[\\w-]+"
)
"""Attributes that need no value; any other word alone is a word."""
_ITEM = (
    r"(?:\.-?[A-Za-z_][\w:.-]*|\#(?=[^\s{}]*[A-Za-z_])[^\s{}\"'=<>]+"
    rf"|[A-Za-z_:@][\w:.@-]*=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'{{}}]+)|(?:{_BARE})(?=[\s}}]))"
)
LIST = rf"\{{:?[ ]*({_ITEM}(?:[ ]+{_ITEM})*)[ ]*\}}"


class AttributeLists(AttrListTreeprocessor):
    """The tree processor of ``attr_list`` with a list that is told from other braces."""

    HEADER_RE = re.compile(rf"[ ]+{LIST}[ ]*$")  # type: ignore[misc]
    BLOCK_RE = re.compile(rf"\n[ ]*{LIST}[ ]*$")  # type: ignore[misc]
    INLINE_RE = re.compile(rf"^{LIST}")  # type: ignore[misc]
