"""The tables of the first release, which are made whole in an empty file."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: a file without a note of its revision has them."""
