// What a task is now, from the board's row, what people said of it, and taps on their way. No page in here.

const SHIFT_MS = 12 * 3600 * 1000;
const SLACK_MS = 10 * 60 * 1000; // late events may correct when it fell due
const HUB_LOOKS_MS = 90 * 1000; // by then the hub has said what it makes of "done"
const ORDER = { late: 0, unproven: 1, due: 2, started: 3, done: 4 };

export function keyOf(space, task) {
  return `${space} ${task}`;
}

// space: a row of the board; task: one of its tasks; said: lines of people; taps: those on their way.
export function viewOf(space, task, said, taps, at) {
  const due = task.due ? Date.parse(task.due) : null;
  const since = Math.max(at - SHIFT_MS, due === null ? 0 : due - SLACK_MS);
  const lines = [
    ...said.map((line) => ({ ...line, at: Date.parse(line.at), pending: false })),
    ...taps.map((tap) => ({ at: tap.at, who: tap.who, verb: tap.verb, to: tap.to ?? null, note: tap.note ?? "", pending: true, refused: tap.refused })),
  ].filter((line) => line.at >= since).sort((a, b) => a.at - b.at);
  const standing = lines.filter((line) => !line.refused);
  const last = standing.at(-1) ?? null;
  const start = lastOf(standing, "start", ["done", "abort"]);
  const done = lastOf(standing, "done", ["start", "abort"]);
  const isChecked = done && !done.pending && (task.state === "late" || task.state === "unproven" || at - done.at > HUB_LOOKS_MS) && task.state !== "started";
  const isOver = task.state === "done" || (done && !isChecked);
  // By a sensor, a button or anybody's word, as the hub has it; a tap of ours may be newer than its row.
  const isGoingOn = task.state === "started" || (task.state === "late" && !done);
  const begun = isGoingOn && task.since ? Date.parse(task.since) : null;
  return {
    key: keyOf(space.space, task.task), space: space.space, task: task.task, code: space.code, names: space.names, due,
    state: task.state, isLate: task.state === "late", isOver, isWaiting: isOver && task.state !== "done",
    isDoubted: Boolean(isChecked), done, start,
    isStarted: !isOver && (Boolean(start) || begun !== null || task.state === "started"),
    startedAt: start || begun !== null ? Math.max(start?.at ?? 0, begun ?? 0) : null,
    holder: last && (last.verb === "take" || last.verb === "start") ? last.who : null,
    given: last?.verb === "give" ? last : null,
    cannot: last?.verb === "abort" ? last : null,
    lines, pending: lines.filter((line) => line.pending && !line.refused).length,
  };
}

// The latest first: late by how late, then what is due.
export function inOrder(views) {
  return views.sort((a, b) => ORDER[a.state] - ORDER[b.state] || (a.due ?? 0) - (b.due ?? 0) || (a.key < b.key ? -1 : 1));
}

function lastOf(lines, verb, ends) {
  for (const line of [...lines].reverse()) {
    if (line.verb === verb) return line;
    if (ends.includes(line.verb)) return null;
  }
  return null;
}
