// Which alarms wait, in what order, under which key. No page in here.

const FOLD_FROM = 3;

// Whether somebody must act: nobody has it, and it is told.
export function isWaiting(card) {
  return !card.acked_by && card.muted === null;
}

export class Alarms {
  #all = new Map();
  #keys = new Map(); // alarm id -> digit, kept while it waits: a key never changes its meaning under a finger
  #freed = new Map(); // digit -> when it became free
  #taking = new Map(); // alarm id -> who: told the server, no answer yet
  #failed = new Map(); // alarm id -> word of the failure

  replace(list) {
    this.#all = new Map(list.map((alarm) => [alarm.id, alarm]));
  }

  put(alarm) {
    this.#all.set(alarm.id, alarm);
  }

  remove(id) {
    this.#all.delete(id);
    this.#taking.delete(id);
    this.#failed.delete(id);
  }

  // Returns false when it is already taken or on its way.
  take(id, who) {
    const alarm = this.#all.get(id);
    if (!alarm || this.#isTaken(alarm)) return false;
    this.#taking.set(id, who);
    this.#failed.delete(id);
    return true;
  }

  taken(alarm) {
    this.#taking.delete(alarm.id);
    if (this.#all.has(alarm.id)) this.put(alarm);
  }

  failed(id, why) {
    this.#taking.delete(id);
    this.#failed.set(id, why);
  }

  // Cards, first the most pressing: waiting by priority and age, then those somebody has, then what nobody is told.
  cards() {
    const shown = [...this.#all.values()]
      .filter((alarm) => alarm.state === "firing" || (alarm.state === "resolved" && (!alarm.acked_by || this.#taking.has(alarm.id))))
      .map((alarm) => ({
        ...alarm,
        acked_by: alarm.acked_by ?? this.#taking.get(alarm.id) ?? null,
        sending: this.#taking.has(alarm.id) && !alarm.acked_by,
        failure: this.#failed.get(alarm.id) ?? null,
      }));
    shown.sort((a, b) => place(a) - place(b) || a.priority - b.priority || Date.parse(a.since) - Date.parse(b.since));
    this.#giveKeys(shown.filter(isWaiting));
    return foldMuted(shown).map((card) => ({ ...card, key: this.#keys.get(card.id) ?? null }));
  }

  // The id under a digit, or null.
  under(digit) {
    for (const [id, key] of this.#keys) if (key === digit) return id;
    return null;
  }

  // The most pressing alarm of a space: { priority, rule, taken } or null. A drill says nothing of a room.
  ofSpace(space) {
    let worst = null;
    for (const alarm of this.#all.values()) {
      if (alarm.space !== space || alarm.state !== "firing" || alarm.is_drill) continue;
      const one = { priority: alarm.priority, rule: alarm.rule, taken: this.#isTaken(alarm) || alarm.muted !== null };
      if (!worst || one.taken < worst.taken || (one.taken === worst.taken && one.priority < worst.priority)) worst = one;
    }
    return worst;
  }

  #isTaken(alarm) {
    return Boolean(alarm.acked_by) || this.#taking.has(alarm.id);
  }

  #giveKeys(waiting) {
    const ids = new Set(waiting.map((card) => card.id));
    const at = performance.now();
    for (const [id, digit] of this.#keys) {
      if (!ids.has(id)) {
        this.#keys.delete(id);
        this.#freed.set(digit, at);
      }
    }
    for (const { id, priority } of waiting) {
      if (this.#keys.has(id)) continue;
      const digit = this.#freeDigit(at, priority > 2);
      if (digit === null) break;
      this.#keys.set(id, digit);
    }
  }

  // The lowest digit free for two seconds, so that a second press of the same key takes nothing else;
  // what sounds nothing takes from the other end, and leaves 1 to what is loud.
  #freeDigit(at, isQuiet) {
    const used = new Set(this.#keys.values());
    for (let step = 1; step <= 9; step += 1) {
      const digit = isQuiet ? 10 - step : step;
      if (!used.has(digit) && at - (this.#freed.get(digit) ?? -Infinity) > 2000) return digit;
    }
    return null;
  }
}

function place(card) {
  return card.muted !== null ? 2 : card.acked_by ? 1 : 0;
}

// What nobody is told, of one kind, for one reason, in one building, is one card.
function foldMuted(cards) {
  const groups = new Map();
  for (const card of cards) {
    const kind = card.muted === null || card.is_drill ? card.id : [card.rule, card.building, card.muted].join(" ");
    groups.set(kind, [...(groups.get(kind) ?? []), card]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < FOLD_FROM ? group : [{ ...group[0], id: "fold-" + group[0].id, labels: group.map((card) => card.label), muted_until: null }],
  );
}
