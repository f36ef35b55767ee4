"""Ends the live session of a node at the broker, and takes away what lies there in its name.

mosquitto keeps a session whose certificate was revoked until it ends by itself. It also lets nobody have two:
who connects with the same common name takes the old session's place. So the authority gives itself a
certificate of a few minutes in the node's name and connects once; the revoked one can then not come back.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from hub.enrolment.office import Paper
from hub.enrolment.place import Place
from hub.errors import EnrolmentError
from protocol.broker import BrokerConfig, Publication, Session
from protocol.errors import BrokerUnreachable
from protocol.topics import Topics

#: How long the broker may take, seconds.
WITHIN_S = 10.0


def throw_off(place: Place, site: str, node: str, paper: Paper, *, take_words: bool) -> None:
    """End the session of `node` by `paper`, a short certificate in its name.

    With `take_words` its hello and status go too, while its rights stand.
    Raises EnrolmentError when the broker does not answer.
    """
    topics = Topics(site)
    with TemporaryDirectory(prefix="kuzet-throw-") as folder:
        own, authority = Path(folder) / "own.pem", Path(folder) / "ca.crt"
        own.touch(mode=0o600)
        own.write_bytes(paper.certificate + (paper.key or b""))
        authority.write_bytes(paper.authority)
        config = BrokerConfig(
            host=place.reached_at,
            port=place.port,
            client_id=node,
            ca_file=str(authority),
            certificate_file=str(own),
        )
        session = Session(config, on_message=lambda *_: None)
        session.start()
        try:
            session.wait_connected(WITHIN_S)
        except BrokerUnreachable as error:
            session.stop()
            raise EnrolmentError(f"the session of {node} may live on: {error}") from None
        if take_words:
            session.publish(Publication(topic=topics.hello(node), payload=b"", retain=True))
            session.stop(Publication(topic=topics.status(node), payload=b"", retain=True))
        else:
            session.stop()
