"""A whole node in a laboratory: window, button, task cards, dispenser, air and lamp, on modelled hardware."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.assembly import build_node
from edge.calibration.checked import Checked, keep
from edge.config import read_node_config
from edge.watches.sensor import AtOnce
from protocol.codec import decode_event, decode_message
from protocol.events import (
    Action,
    Air,
    AnyEvent,
    ClockState,
    Contact,
    Dispense,
    Fault,
    Proof,
    Recovered,
    Task,
    Treatment,
)
from protocol.messages import Allowance, Health, Light, Signal
from simulator.ads1115 import Ads1115
from simulator.i2c_bus import I2CBus, open_smbus
from simulator.pins import SimulatedPinFactory, SimulatedSwitch
from simulator.pn532 import Pn532
from simulator.scd41 import Scd41
from tests.fakes.edge import START, Connector, FakeClock

STEP_S = 0.05
CARD = "04A1B2C3D4E5F6"
NODE = f"""
site = "demo"
node = "lab-a-204"
outbox = "OUTBOX"
pins = "mock"

[[doors]]
channel = "door-a-204"
beams = {{ outer_pin = 17, inner_pin = 27 }}

[[air]]
channel = "air-a-204"

[[buttons]]
channel = "airing-a-204"
button = {{ pin = 5, task = "airing" }}

[[tags]]
channel = "tags-a-204"
reader = {{ cards = {{ {CARD} = "equipment-done" }} }}

[[contacts]]
channel = "window-a-204"
contact = {{ pin = 6 }}

[[contacts]]
channel = "leaf-a-204"
contact = {{ pin = 16 }}

[[dispensers]]
channel = "gel-a-204"
lever = {{ press_pin = 12, ml_per_press = 1.5, low_pin = 26 }}
gauge = {{ empty_v = 0.5, full_v = 2.5 }}

[[lamps]]
channel = "uv-a-204"
relay = {{ pin = 22 }}
key = {{ pin = 19 }}
motion = {{ pin = 20 }}
buzzer = {{ pin = 25 }}
doors = ["door-a-204"]
contacts = ["leaf-a-204"]

[lamps.interlock]
source = "instruction of the lamp"
warning = "30s"
longest = "1min"
"""


class MovingClock(FakeClock):
    """A clock that goes on by itself a little between two looks at it, as every real one does."""

    def monotonic(self) -> float:
        self.advance(0.0001)
        return super().monotonic()


class Lab:
    """The node, its hardware and the hands that move it."""

    def __init__(self, folder: Path, clock: FakeClock | None = None) -> None:
        path = folder / "node.toml"
        path.write_text(NODE.replace("OUTBOX", str(folder / "outbox.sqlite")), encoding="utf-8")
        self.config = read_node_config(path)
        self.clock = clock or FakeClock()
        self.connector = Connector()
        self.air, self.cards = Scd41(self.clock.monotonic), Pn532(self.clock.monotonic)
        self.level = Ads1115(self.clock.monotonic)
        self.buses = {
            1: I2CBus(self.air, self.level, wait=self.clock.advance),
            3: I2CBus(self.cards, wait=self.clock.advance),
        }
        self.level.volts[0] = 2.0
        self.boot()

    def boot(self) -> None:
        self.pins = SimulatedPinFactory(self.clock.monotonic)
        hand = SimulatedSwitch
        self.outer, self.inner = hand(self.pins, 17), hand(self.pins, 27)
        self.button, self.lever = hand(self.pins, 5), hand(self.pins, 12)
        self.window, self.leaf = hand(self.pins, 6), hand(self.pins, 16)
        self.float = hand(self.pins, 26)
        self.key, self.motion = hand(self.pins, 19), hand(self.pins, 20, active_low=False)
        for switch in (self.outer, self.inner, self.button, self.lever, self.key, self.motion):
            switch.set(False)
        for shut in (self.window, self.leaf, self.float):
            shut.set(True)
        self.node = build_node(
            self.config,
            self.clock,
            self.pins,
            lambda number: open_smbus(self.buses[number]),
            self.connector,
            clock_state=lambda: ClockState.SYNCED,
            make_asker=lambda name, wake: AtOnce(),
            sleep=self.clock.advance,
        )
        self.connector.session.come_up()

    def run(self, seconds: float, *, permits: bool | None = None) -> None:
        """Steps of 50 ms; the hub says each second whether the lamp may be on, unless it is away."""
        for step in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            if permits is not None and step % 20 == 0:
                light = Light.GO if permits else Light.STOP
                signal = Signal(
                    as_of=self.clock.now(), valid_s=30.0, channels={"uv-a-204": Allowance(light=light)}
                )
                self.connector.session.deliver_signal("demo", "lab-a-204", signal)
            self.node.step()

    def press(self, switch: SimulatedSwitch, held_s: float = 0.3, *, permits: bool | None = None) -> None:
        switch.set(True)
        self.run(held_s, permits=permits)
        switch.set(False)
        self.run(0.3, permits=permits)

    def said(self, channel: str) -> list[AnyEvent]:
        rows = self.node.outbox.pending(0, 10_000, 10**9)
        return [event for row in rows if (event := decode_event(row.body)).channel == channel]

    def treatments(self, channel: str) -> list[tuple[Task, Action, Proof]]:
        return [
            (event.task, event.action, event.proof)
            for event in self.said(channel)
            if isinstance(event, Treatment)
        ]

    @property
    def is_lamp_on(self) -> bool:
        return bool(self.pins.pin(22).state)

    def light_up(self) -> None:
        """Everybody is out, the hub permits, and somebody resets the lamp and turns its key."""
        self.run(62, permits=True)
        self.press(self.key, permits=True)
        self.run(2, permits=True)
        self.press(self.key, permits=True)
        self.run(31, permits=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.node.stop()


def test_button_says_airing_was_started_and_done(lab: Lab) -> None:
    lab.run(1)
    lab.press(lab.button)
    lab.run(600)
    lab.press(lab.button)
    assert lab.treatments("airing-a-204") == [
        (Task.AIRING, Action.STARTED, Proof.BUTTON),
        (Task.AIRING, Action.DONE, Proof.BUTTON),
    ]


def test_button_held_long_says_airing_was_aborted(lab: Lab) -> None:
    lab.press(lab.button)
    lab.run(60)
    lab.press(lab.button, held_s=4)
    assert [action for _, action, _ in lab.treatments("airing-a-204")] == [Action.STARTED, Action.ABORTED]


def test_button_means_the_same_after_a_power_cut(lab: Lab) -> None:
    lab.press(lab.button)
    lab.node.stop()
    lab.clock.advance(120)
    lab.boot()
    lab.run(1)
    lab.press(lab.button)
    assert [action for _, action, _ in lab.treatments("airing-a-204")] == [Action.STARTED, Action.DONE]


def test_button_that_is_jammed_is_a_fault_and_no_treatment(lab: Lab) -> None:
    lab.button.stick(True)
    lab.run(60)
    lab.button.free()
    lab.run(1)
    assert [type(event) for event in lab.said("airing-a-204")] == [Fault, Recovered]


def test_task_card_says_what_was_done(lab: Lab) -> None:
    lab.run(1)
    lab.cards.lay(bytes.fromhex(CARD))
    lab.run(2)
    lab.cards.take()
    lab.run(2)
    assert lab.treatments("tags-a-204") == [(Task.EQUIPMENT, Action.DONE, Proof.TAG)]


def test_strange_card_leaves_no_trace(lab: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lab.run(1)
    lab.cards.lay(bytes.fromhex("9F3C7A51"))
    lab.run(5)
    lab.cards.take()
    lab.run(2)
    assert lab.said("tags-a-204") == []
    assert "9f3c7a51" not in caplog.text.lower()
    assert all(b"\x9f\x3c\x7a\x51" not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())


def test_window_is_told_at_the_start_and_at_every_change(lab: Lab) -> None:
    lab.run(2)
    lab.window.set(False)
    lab.run(2)
    lab.window.set(True)
    lab.run(2)
    opens = [event.open for event in lab.said("window-a-204") if isinstance(event, Contact)]
    assert opens == [False, True, False]


def test_window_that_is_open_when_the_node_starts_is_told_open(lab: Lab) -> None:
    lab.window.set(False)
    lab.run(2)
    assert [event.open for event in lab.said("window-a-204") if isinstance(event, Contact)] == [True]


def test_dispenser_tells_a_use_with_its_amount_and_level(lab: Lab) -> None:
    lab.run(31)
    lab.press(lab.lever)
    lab.press(lab.lever)
    lab.run(5)
    uses = [event for event in lab.said("gel-a-204") if isinstance(event, Dispense) and event.presses]
    (use,) = uses
    assert (use.presses, use.amount_ml) == (2, 3.0)
    assert use.level == pytest.approx(0.75, abs=0.01)


def test_dispenser_that_runs_low_is_said_until_it_is_refilled(lab: Lab) -> None:
    lab.float.set(False)
    lab.run(5)
    lab.float.set(True)
    lab.run(5)
    said = [event for event in lab.said("gel-a-204") if isinstance(event, Fault | Recovered)]
    assert [(type(event), event.code) for event in said] == [(Fault, "low"), (Recovered, "low")]


def test_dispenser_whose_gauge_is_gone_tells_uses_without_a_level(lab: Lab) -> None:
    lab.run(31)
    lab.level.dead = True
    lab.run(120)
    lab.press(lab.lever)
    lab.run(5)
    use = [event for event in lab.said("gel-a-204") if isinstance(event, Dispense)][-1]
    assert (use.presses, use.level) == (1, None)


def test_air_is_reported_each_minute_after_the_warm_up(lab: Lab) -> None:
    lab.air.air(812, 21.5, 0.35)
    lab.run(400)
    reports = [event for event in lab.said("air-a-204") if isinstance(event, Air)]
    assert 4 <= len(reports) <= 7
    assert {report.co2_ppm for report in reports} == {812}


def test_air_sensor_that_is_pulled_is_said_and_comes_back_by_itself(lab: Lab) -> None:
    lab.run(90)
    lab.air.dead = True
    lab.run(300)
    lab.air.power_cycle()
    lab.air.dead = False
    lab.run(300)
    said = [event for event in lab.said("air-a-204") if isinstance(event, Fault | Recovered)]
    assert [type(event) for event in said] == [Fault, Recovered]
    assert isinstance(lab.said("air-a-204")[-1], Air)


def test_lamp_that_ran_its_time_is_a_disinfection_that_was_done(lab: Lab) -> None:
    lab.light_up()
    assert lab.is_lamp_on
    lab.run(65, permits=True)
    assert not lab.is_lamp_on
    assert [action for _, action, _ in lab.treatments("uv-a-204")] == [Action.STARTED, Action.DONE]
    assert [e.open for e in lab.said("uv-a-204") if isinstance(e, Contact)] == [False, True]


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(lambda lab: lab.outer.set(True), id="somebody-in-the-beam"),
        pytest.param(lambda lab: lab.leaf.set(False), id="door-opened"),
        pytest.param(lambda lab: lab.motion.set(True), id="something-moves"),
    ],
)
def test_lamp_goes_off_at_once_when_somebody_may_be_there(lab: Lab, disturb: Callable[[Lab], None]) -> None:
    lab.light_up()
    assert lab.is_lamp_on
    disturb(lab)
    lab.run(2 * STEP_S, permits=True)
    assert not lab.is_lamp_on
    assert [action for _, action, _ in lab.treatments("uv-a-204")] == [Action.STARTED, Action.ABORTED]


def brief(switch: SimulatedSwitch, lab: Lab) -> None:
    """There and gone again between two steps."""
    switch.set(not switch.is_active)
    lab.clock.advance(0.001)
    switch.set(not switch.is_active)


@pytest.mark.parametrize("name", ["outer", "leaf", "motion"])
def test_lamp_goes_off_for_what_was_over_before_the_next_step(lab: Lab, name: str) -> None:
    lab.light_up()
    brief(getattr(lab, name), lab)
    lab.run(2 * STEP_S, permits=True)
    assert not lab.is_lamp_on


def test_key_that_is_held_when_the_node_starts_is_no_order(lab: Lab) -> None:
    lab.node.stop()
    lab.boot()
    lab.key.set(True)
    lab.run(62, permits=True)
    lab.press(lab.key, permits=True)
    lab.run(40, permits=True)
    assert not lab.is_lamp_on


def test_lamp_goes_off_when_the_hub_falls_silent(lab: Lab) -> None:
    lab.light_up()
    lab.run(2.5)
    assert not lab.is_lamp_on


def test_health_tells_the_hours_of_a_lamp(lab: Lab) -> None:
    lab.light_up()
    lab.run(40, permits=True)
    payloads = lab.connector.session.payloads("health")
    assert 0.0 < decode_message(payloads[-1], Health).lamp_hours["uv-a-204"] < 0.03


def test_lamp_is_off_after_the_node_ends(lab: Lab) -> None:
    lab.light_up()
    lab.node.stop()
    assert not lab.is_lamp_on


def test_lamp_is_not_lit_by_a_permission_that_was_kept(lab: Lab) -> None:
    signal = Signal(as_of=lab.clock.now(), valid_s=600.0, channels={"uv-a-204": Allowance(light=Light.GO)})
    lab.connector.session.deliver_signal("demo", "lab-a-204", signal, retained=True)
    lab.run(62)
    lab.press(lab.key)
    lab.run(2)
    lab.press(lab.key)
    lab.run(60)
    assert not lab.is_lamp_on


def test_co2_that_cannot_be_is_a_fault_until_the_sensor_was_taught_in_fresh_air(lab: Lab) -> None:
    lab.air.air(320)
    for _ in range(7 * 36):
        lab.clock.advance(94.0)
        lab.run(6.0)
    told = [type(event).__name__ for event in lab.said("air-a-204") if isinstance(event, (Fault, Recovered))]
    assert told == ["Fault"]
    lab.node.stop()
    lab.boot()
    lab.run(30.0)
    assert lab.node._faults.is_going_on("air-a-204", "co2")
    lab.node.stop()
    check = Checked(kind="fresh-air", channel="air-a-204", at=START, passed=True, summary="corrected")
    keep(Path(lab.config.outbox), check)
    lab.boot()
    lab.run(30.0)
    assert not lab.node._faults.is_going_on("air-a-204", "co2")


def test_edges_that_the_kernel_loses_are_found_while_the_clock_goes_on(tmp_path: Path) -> None:
    lab = Lab(tmp_path, MovingClock())
    lab.run(5.0)
    switches = [lab.button, lab.lever, lab.window, lab.leaf, lab.float, lab.key, lab.motion, lab.outer]
    for round_s in (0.3, 0.011, 2.0, 0.05, 0.7, 1.0, 3.0, 3.0):
        for switch in switches:
            switch.set(not switch.is_active, silently=True)
            lab.run(round_s / len(switches))
    lab.cards.lay(bytes.fromhex(CARD))
    lab.run(60.0)
    lab.node.stop()
    lab.boot()
    lab.run(1.0)
    told = [event for each in lab.config.channels() for event in lab.said(each.channel)]
    faults = {event.component for event in told if isinstance(event, Fault)}
    lab.node.stop()
    assert faults == {"fill", "beams"}
    assert {type(event) for event in told} == {Contact, Dispense, Treatment, Air, Fault, Recovered}


def told_of(lab: Lab, channel: str) -> list[tuple[type[AnyEvent], str]]:
    """The faults of a channel, said and taken back."""
    said = [event for event in lab.said(channel) if isinstance(event, Fault | Recovered)]
    return [(type(event), event.code) for event in said]


def test_dispenser_that_is_full_at_the_start_is_never_said_to_be_low(lab: Lab) -> None:
    lab.run(10.0)
    assert told_of(lab, "gel-a-204") == []


@pytest.mark.parametrize(("name", "channel"), [("button", "airing-a-204"), ("lever", "gel-a-204")])
def test_what_is_jammed_over_a_restart_stays_a_fault_until_it_is_released(
    lab: Lab, name: str, channel: str
) -> None:
    getattr(lab, name).stick(True)
    lab.run(12.0)
    lab.node.stop()
    lab.boot()
    getattr(lab, name).stick(True)
    lab.run(1.0)
    during = told_of(lab, channel)
    getattr(lab, name).free()
    lab.run(5.0)
    assert during == [(Fault, "stuck")]
    assert told_of(lab, channel) == [(Fault, "stuck"), (Recovered, "stuck")]
    assert [event for event in lab.said(channel) if isinstance(event, Treatment)] == []
    assert [event for event in lab.said(channel) if isinstance(event, Dispense) and event.presses] == []


@pytest.mark.parametrize(("name", "channel"), [("button", "airing-a-204"), ("lever", "gel-a-204")])
def test_what_was_jammed_and_came_loose_while_the_node_was_off_works_again(
    lab: Lab, name: str, channel: str
) -> None:
    getattr(lab, name).stick(True)
    lab.run(12.0)
    lab.node.stop()
    lab.boot()
    lab.run(1.0)
    lab.press(getattr(lab, name))
    lab.run(15.0)
    assert told_of(lab, channel) == [(Fault, "stuck"), (Recovered, "stuck")]
    assert type(lab.said(channel)[-1]) in (Treatment, Dispense)


def test_air_sensor_that_measures_nothing_is_said_once_and_taken_back_by_a_measurement(lab: Lab) -> None:
    lab.run(30.0)
    lab.air.idles = True
    lab.run(300.0)
    lab.node.stop()
    lab.boot()
    lab.run(300.0)
    during = told_of(lab, "air-a-204")
    lab.air.idles = False
    lab.run(30.0)
    assert during == [(Fault, "stalled")]
    assert told_of(lab, "air-a-204") == [(Fault, "stalled"), (Recovered, "stalled")]


@pytest.mark.parametrize("ailment", ["calls_in_vain", "deaf"])
def test_card_reader_that_answers_nothing_is_said_once_and_taken_back_by_an_answer(
    lab: Lab, ailment: str
) -> None:
    lab.run(10.0)
    setattr(lab.cards, ailment, True)
    lab.run(60.0)
    lab.node.stop()
    lab.boot()
    lab.run(60.0)
    during = told_of(lab, "tags-a-204")
    setattr(lab.cards, ailment, False)
    lab.run(15.0)
    assert during == [(Fault, "stalled")]
    assert told_of(lab, "tags-a-204") == [(Fault, "stalled"), (Recovered, "stalled")]


def ends_politely(lab: Lab) -> None:
    lab.node.stop()


def is_killed(lab: Lab) -> None:
    """Nothing is told and nothing is kept any more."""
    lab.node.outbox.close()


@pytest.mark.parametrize("end", [ends_politely, is_killed])
def test_lamp_that_was_on_when_the_node_ended_is_told_to_be_off_once(
    lab: Lab, end: Callable[[Lab], None]
) -> None:
    lab.light_up()
    lab.run(10.0, permits=True)
    end(lab)
    lab.clock.advance(30.0)
    for _ in range(2):
        lab.boot()
        lab.run(5.0, permits=True)
        lab.node.stop()
    lab.boot()
    assert [action for _, action, _ in lab.treatments("uv-a-204")] == [Action.STARTED, Action.ABORTED]
    assert [e.open for e in lab.said("uv-a-204") if isinstance(e, Contact)] == [False, True]


def test_lamp_that_was_off_when_the_node_was_killed_is_not_told_again(lab: Lab) -> None:
    lab.light_up()
    lab.run(65.0, permits=True)
    is_killed(lab)
    lab.boot()
    lab.run(5.0, permits=True)
    assert [action for _, action, _ in lab.treatments("uv-a-204")] == [Action.STARTED, Action.DONE]


def test_hours_of_a_lamp_that_were_kept_without_its_state_are_still_known(lab: Lab, tmp_path: Path) -> None:
    lab.node.stop()
    (tmp_path / "outbox.sqlite.uv-a-204.hours").write_text("[7200.0,60.0]", encoding="utf-8")
    lab.boot()
    lab.run(5.0)
    payloads = lab.connector.session.payloads("health")
    assert decode_message(payloads[-1], Health).lamp_hours["uv-a-204"] == 2.0
    assert lab.said("uv-a-204") == []


def test_lamp_goes_out_before_anything_of_it_is_written(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.light_up()
    was_on: list[bool] = []

    def look(path: Path, content: bytes) -> None:
        was_on.append(lab.is_lamp_on)

    monkeypatch.setattr("edge.kept.replace_file", look)
    for watch in lab.node._watches:
        watch.close()
    for watch in lab.node._watches:
        watch.keep()
    assert was_on
    assert not any(was_on)


def test_lamp_stays_off_when_the_buzzer_that_warns_of_it_has_failed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(value: bool) -> None:
        raise RuntimeError("bad GPIO write")

    lab.run(1.0)
    monkeypatch.setattr(lab.pins.pin(25), "_set_state", refuse)
    lab.light_up()
    lab.run(31, permits=True)
    assert not lab.is_lamp_on
    assert lab.treatments("uv-a-204") == []
    assert caplog.text.count("sound=failed why=buzzer on pin 25: cannot be switched") == 1
