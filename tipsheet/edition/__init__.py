"""The compiled letter: its value, its record in the outbox, joining it for a reader, and the bytes of a message.

A sender and the service import this and nothing that renders.
"""
