"""From findings to alerts: pure functions of what was found, what is open, and now."""
