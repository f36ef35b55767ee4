"""Codes that people type: new ones, and what was typed as it is compared. Pure but for chance."""

import secrets

#: Letters of a code: no 0/O, 1/I/L to mix up when it is typed.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code(groups: int = 4, letters: int = 5) -> str:
    """A code nobody guesses: twenty letters are 99 bits, ten are 49."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(letters)) for _ in range(groups))


def typed(code: str) -> str:
    """A code as a person may type it: small letters, no dashes."""
    return "".join(letter for letter in code.upper() if letter.isalnum())
