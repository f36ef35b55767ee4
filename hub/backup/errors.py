"""What can be wrong with a store or a copy of one."""

from hub.errors import StoreError


class Damaged(StoreError):
    """A store is not as the hub wrote it: it is put aside, never worked with."""


class CopyRefused(StoreError):
    """A copy is cut short, changed, of another key or not ours; nothing of it is used."""
