"""Sending: from an edition in the outbox to each subscriber, once."""
