"""How the node itself is: what moves, what the machine says, what time it is, and how the last run ended."""
