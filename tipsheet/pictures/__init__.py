"""Pictures as bytes: what a file is, what it tells of its maker, and the smaller copies that pages and letters load.

`files` walks through a file and decodes nothing; `opening` asks Pillow, and nothing else does but `copies`, which
encodes. The same bytes and the same Pillow give the same bytes.
"""
