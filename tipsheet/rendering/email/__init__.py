"""The letter of an issue: from the model to an edition, from an edition to a message.

The way: `contents` says what stands in it for whom; `compile` renders and inlines it once and `pieces`
cuts it; `message` joins the pieces for a reader's segments and writes them as MIME.
"""
