"""The server itself: gunicorn, patience with slow senders, the browser's files, work in processes apart."""
