"""The weekly report and the inspector's export: what the hub remembers in, figures and files out."""
