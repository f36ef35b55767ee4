"""Carries the hub's notifications to people, outside its process: at least once, never without a trace."""
