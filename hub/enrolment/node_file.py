"""A node's file in, the same with this campus's broker out: comments kept, passwords gone. Pure."""

import tomlkit

from hub.enrolment.place import Place

#: What a node with a certificate has no use for.
_GONE = ("username", "password_file", "allow_plaintext", "key_file")


def at_this_broker(text: str, place: Place, there: str) -> bytes:
    """`text` with the broker's table of this campus; `there`: the folder of its files on the node."""
    document = tomlkit.parse(text)
    broker = document.setdefault("broker", tomlkit.table())
    for key in _GONE:
        broker.pop(key, None)
    broker["host"], broker["port"] = place.host, place.port
    broker["ca_file"], broker["certificate_file"] = f"{there}/ca.crt", f"{there}/node.pem"
    return tomlkit.dumps(document).encode()
