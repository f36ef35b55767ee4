"""The JSON API: its table, its calls, and what people decide by it."""
