"""Short names for contents: BLAKE2b (RFC 7693) of bytes, texts and files, 32 hexadecimal digits."""

from hashlib import blake2b

__all__ = ["digest", "digest_of"]


def digest(data: bytes) -> str:
    """The digest of bytes."""
    return blake2b(data, digest_size=16).hexdigest()


def digest_of(*values: object) -> str:
    """The digest of values by what `repr` says of them, which for ours is all that they hold.

    A set has no order of its own: sort it before it comes here.
    """
    return digest("\0".join(map(repr, values)).encode(errors="surrogatepass"))
