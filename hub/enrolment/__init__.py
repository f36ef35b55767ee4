"""Who may speak at the campus's broker: its authority, what that gave out, and what is taken back."""
