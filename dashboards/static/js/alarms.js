// Which alarms wait, in what order, under which key. No page in here.

const FOLD_FROM = 3;

// Whether somebody must act: nobody has it, and it is told.
export function isWaiting(card) {
  return !card.acked_by && card.muted === null;
}

export class Alarms {
  #all = new Map();
  #meant = new Map(); // digit -> { id, at }: the alarm it takes, and since when
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
    this.#learnKeys(shown);
    return foldMuted(shown).map((card) => ({ ...card, key: isWaiting(card) ? card.digit : null }));
  }

  // The id under a digit, or null; also for two seconds after it has come to mean another: a finger is on its way.
  under(digit) {
    const { id, at } = this.#meant.get(digit) ?? {};
    return this.#all.get(id)?.digit === digit && performance.now() - at > 2000 ? id : null;
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

  // The hub says which digit takes which alarm: it is the same on every board, and after a reload.
  #learnKeys(cards) {
    for (const { id, digit } of cards.filter(isWaiting)) {
      const before = this.#meant.get(digit);
      if (digit && before?.id !== id) this.#meant.set(digit, { id, at: before ? performance.now() : -Infinity });
    }
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
