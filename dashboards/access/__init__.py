"""Who is asking, whence, and may they; and who did what."""
