"""One space: what is in it, what it was like, what its page shows."""
