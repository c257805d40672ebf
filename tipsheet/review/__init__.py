"""Review before it goes out: a revision built beside the working tree, and what readers would see differently."""
