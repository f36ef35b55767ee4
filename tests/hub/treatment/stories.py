"""Days of one room that several tests of treatment tell. Pure."""

from hub.layout import SpaceKind
from protocol.events import Action, Proof, Task
from tests.hub.treatment.rooms import Story, limits

AIRING, SURFACES, LAMP = Task.AIRING, Task.SURFACES, Task.AIR_DISINFECTION
STARTED, DONE, ABORTED = Action.STARTED, Action.DONE, Action.ABORTED


def taught() -> Story:
    """A lesson from 9:00 to 9:40."""
    return Story().lesson("9:00", "9:40")


def lamped() -> Story:
    return Story(limits(after_use=(LAMP,))).lesson("9:00", "9:40")


def aired() -> Story:
    """... and the window open from 9:41, nobody has cleaned."""
    return taught().window("9:41", True)


def cleaned() -> Story:
    """... and somebody cleaned from 9:45 to 9:51."""
    story = aired().enter("9:45").word("9:45:30", SURFACES, STARTED)
    return story.word("9:51", SURFACES, DONE).leave("9:51")


def lit() -> Story:
    """The lamp switched on at 9:45 by somebody who had gone in, off at 10:15."""
    story = lamped().enter("9:43").leave("9:44").node("9:45", LAMP, STARTED, Proof.CONTACT)
    return story.node("10:15", LAMP, DONE, Proof.CONTACT)


def missed() -> Story:
    """A lesson from 9:00 of twenty; nineteen are seen to leave at 9:40."""
    return Story().enter("9:00", 20).leave("9:40", 19)


def corridor() -> Story:
    return Story(kind=SpaceKind.CORRIDOR).enter("9:00", 10)
