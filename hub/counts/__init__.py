"""How many are inside, how sure that is, which door lies: day pages in, estimates and suspicions out. Pure.

Read in this order: `space_day.py` and `door_day.py` (the records, in any order of arrival), `door_error.py`
(what a door misses), `track.py` (one space's count and band), `learning.py` with `linear.py` (what anchors
teach), `lessons.py` (that day by day), `book.py` (all of it, incrementally), `suspicion.py` (who lies) with
its evidence: `quiet.py` and `silent.py`, `levels.py`, `excess.py` and `unseen.py`, `impossible.py` and
`contradiction.py`, `conservation.py` and `balance.py`, `one_way.py`; `trust.py`, `locked.py`.

How the fold uses it. It keeps the pages of spaces and doors and `dict[str, BuildingBook]`; these three are
all that a snapshot needs.

- A passage: `DoorDay.enter/leave`, `SpaceDay.enter/leave` of both spaces, then `Counts.passed`.
- An anchor: `SpaceDay.anchor(anchor_minute(at), people, kind, key)`, then `Counts.anchored`.
- The count: `Counts.estimate(space, day, minute)`; not anchored means unknown.
- A campus day later than any before: `Counts.close_before(day - 3 days)`, so that four days stay open, and
  `DoorDay.forget()` on pages of doors older than three weeks.
- Every few minutes, a building at a time: `Suspects.find`; after a night once more for the day that ended,
  with `is_over=True`; then `trust_of` for each door.
"""
