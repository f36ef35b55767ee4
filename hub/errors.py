"""The faults of the hub, in one tree.

* HubError
  * StoreError    the database cannot be opened or read
    * StoreAway   the server does not answer; it may later
  * ProfileError  a regime profile cannot serve this campus
  * EnrolmentError  a certificate cannot be given, or the authority cannot be used
"""


class HubError(Exception):
    """Root of every error this package raises."""


class StoreError(HubError, OSError):
    """The database cannot be opened or read."""


class StoreAway(StoreError):
    """The database's server does not answer; nothing is lost, and it may later."""


class ProfileError(HubError, ValueError):
    """A regime profile lacks what the campus needs."""


class EnrolmentError(HubError, ValueError):
    """A certificate cannot be given or taken back as asked; the message says why."""
