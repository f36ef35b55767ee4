"""Where a decision reaches: an order and its subject in, the building or the whole campus out."""

from dashboards.access.gate import require_building, visitor
from dashboards.live.views import AlertView, State, view_alert
from dashboards.services import services
from hub.store.alert_book import row_of
from hub.store.orders import (
    Acknowledge,
    EndSilence,
    Order,
    Shelve,
    SignShift,
    Silence,
    read_order,
)


def require_reach(order: Order, subject: str) -> None:
    """Refuse an order that reaches beyond the buildings of whoever asks."""
    asker = visitor()
    if asker is None or not asker.user.buildings or isinstance(order, SignShift):
        return
    here = services()
    require_building(building_of(order, subject, here.picture().state(here.clock.now(), here.settings.build)))


def building_of(order: Order, subject: str, state: State) -> str | None:
    """The building of what an order is about; None: the whole campus, or its place is not known."""
    if isinstance(order, Acknowledge | Shelve):
        return _of_alert(subject, state)
    if isinstance(order, Silence):
        return _of_silence(order.space, order.building, state)
    if isinstance(order, EndSilence):
        return _of_ended(subject, state)
    return _of_space(subject, state)


def _of_space(space: str | None, state: State) -> str | None:
    return next((one.building for one in state.spaces if one.space == space), None)


def _of_alert(alert_id: str, state: State) -> str | None:
    alert: AlertView | None = next((one for one in state.alerts if one.id == alert_id), None)
    if alert is None:
        past = services().alert_book.find(alert_id)
        alert = None if past is None else view_alert(row_of(past))
    if alert is None:
        return None
    return alert.building or _of_space(alert.space, state)


def _of_silence(space: str | None, building: str | None, state: State) -> str | None:
    return building or _of_space(space, state)


def _of_ended(silence_id: str, state: State) -> str | None:
    row = next((one for one in state.silences if one.id == silence_id), None)
    if row is not None:
        return _of_silence(row.space, row.building, state)
    made = services().decisions.about("silence", [silence_id]).get(silence_id)
    order = None if made is None else read_order(made)
    return _of_silence(order.space, order.building, state) if isinstance(order, Silence) else None
