"""What the board knows, kept in memory and told to every open browser."""
