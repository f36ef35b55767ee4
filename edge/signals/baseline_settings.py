"""How the level of a post is followed: every number with its meaning, unit and source."""

from dataclasses import dataclass, field

from edge.signals.crowd import CrowdSettings
from edge.signals.reference import ReferenceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSettings:
    """How the level of a post is followed. All temperatures as at 24 °C of air."""

    #: People in the running median, 30-50 (science.md §1.4).
    window_people: int = 40
    #: People before the median stands alone, 10-15 (science.md §1.4); until then it is blended with the last.
    start_people: int = 12
    #: How many people the reference counts for while a session is young: 1.57·(0.45 °C person to
    #: person)² / (0.3 … 0.7 °C morning to morning)² = 0.6 … 3.5 (science.md §1.3, §1.4).
    fallback_people: float = 3.0
    #: The same for a level never measured here: other instruments differ by a degree, so it counts for less.
    prior_people: float = 0.7
    #: °C, afebrile median of the open data (FLIR, science.md §1.3): a guess for the first people only.
    prior_c: float = 35.05
    #: °C the level may leave the reference; beyond it the post must be recalibrated (science.md §1.4).
    correction_limit_c: float = 1.0
    #: °C under the reference a crowd of one kind may stand and still be taken for well and warm; from here to
    #: `correction_limit_c` it is believed less and less. 0.2-0.3 °C is the morning-to-morning SD of §1.4.
    believed_fall_c: float = 0.7
    #: °C off the reference from where on a wide crowd is doubted too; nearer, little would be lost.
    away_c: float = 0.4
    #: °C a fresh post's own level may be off `prior_c`: spot 90 % filled -1.1, emissivity ±0.6 (science.md
    #: §1.8), rounded up.
    reference_limit_c: float = 2.0
    #: People of a session before its crowd is what to stay with when it becomes mixed: the quartiles of fewer
    #: would not have shown that it was mixed from the beginning.
    believed_people: int = 30
    #: People of a session whose median is its morning's; its error is then 1.25·0.42/√100 = 0.05 °C.
    reference_people: int = 100
    #: People after which a session teaches the reference once more.
    morning_people: int = 300
    #: °C under the level at which somebody counts as cold for `frost_share` (science.md §1.5).
    cold_under_c: float = 0.9
    #: Share of the newest people so cold that there must be frost outside: 5 to 9 % are without (science.md
    #: §1.3, open data), and 3 standard errors of 40 people.
    frost_share: float = 0.22
    #: Seconds without anybody after which a new session begins (night: another weather, another warm-up).
    session_gap_s: float = 2 * 3600.0
    #: Seconds a clock must jump back to mean the same: another recording, or a reboot.
    clock_back_s: float = 600.0
    #: People in the drift report's median; error 0.05 °C, yet all of them new 200 people after a shift.
    drift_people: int = 150
    crowd: CrowdSettings = field(default_factory=CrowdSettings)
    reference: ReferenceSettings = field(default_factory=ReferenceSettings)
