"""The faults of a node's runtime, in one tree; those of the hardware are in `edge/drivers/errors.py`.

* EdgeError
  * OutboxError       events cannot be kept safely
    * OutboxFull        no room, on the disk or by the quota: hold what you have, try again later
    * OutboxUnwritable  the disk refuses or fails: hold what you have, try again later
      * OutboxDamaged     the file is damaged: a restart moves it aside
    * OutboxInUse       another process has this outbox open
    * OutboxForeign     the file belongs to something else, or to a newer kuzet
  * AckRefused        the hub acknowledges what this node never said
"""


class EdgeError(Exception):
    """Root of every error this package raises."""


class OutboxError(EdgeError):
    """Events cannot be kept safely; `code` goes into the node's health."""

    code = "outbox"


class OutboxFull(OutboxError, OSError):
    """There is no room for more events."""

    code = "full"


class OutboxUnwritable(OutboxError, OSError):
    """The disk refuses or fails."""

    code = "unwritable"


class OutboxDamaged(OutboxUnwritable):
    """The file itself is damaged: the next start moves it aside and begins a new one."""

    code = "damaged"


class OutboxInUse(OutboxError, OSError):
    """Two nodes must never number events in one outbox."""

    code = "in-use"


class OutboxForeign(OutboxError, ValueError):
    """Not an outbox of ours; it is left as it is."""

    code = "foreign"


class AckRefused(EdgeError, ValueError):
    """An acknowledgement that cannot be true; nothing is deleted for it."""
