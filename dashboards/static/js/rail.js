// The rail: a card for each alarm that somebody must see.

import { isWaiting } from "./alarms.js";
import { age, ago, clauseOf, orCode, word } from "./words.js";
import { el, setClass, setShape, setText, shape } from "./shapes.js";
import { clockTime, now } from "./time.js";

const DENSE_FROM = 4;
const FOOT_LINES = 3;
// Rules whose limit is one of a room's caps.
const CAPS = new Set(["over-capacity", "timetable-over-cap"]);

export class Rail {
  #cards = new Map();

  constructor(list, foot, take) {
    this.list = list;
    this.foot = foot;
    this.take = take;
  }

  draw(alarms, mayAct) {
    const kept = new Set();
    const waiting = alarms.filter(isWaiting).length;
    this.isDense = waiting >= DENSE_FROM || alarms.length > DENSE_FROM + 1;
    this.list.classList.toggle("dense", this.isDense);
    alarms.forEach((alarm, index) => {
      kept.add(alarm.id);
      const card = this.#cards.get(alarm.id) ?? this.#make(alarm.id);
      this.#fill(card, alarm, mayAct);
      if (this.list.children[index] !== card.root) this.list.insertBefore(card.root, this.list.children[index] ?? null);
    });
    for (const [id, card] of this.#cards) {
      if (kept.has(id)) continue;
      card.root.remove();
      this.#cards.delete(id);
    }
  }

  // What keeps people from being told: steps that reach nobody first, then silences, the first to end first.
  drawFoot(gaps, silences) {
    const lines = [...gaps].sort((a, b) => Date.parse(a.from) - Date.parse(b.from)).map((gap) => word("board.gap", {
      role: orCode("role", gap.role ?? ""), from: hour(gap.from), to: hour(gap.to), why: orCode("reason", gap.why),
    }));
    for (const one of [...silences].sort((a, b) => Date.parse(a.until) - Date.parse(b.until))) {
      const what = [one.rule && orCode("rule", one.rule), one.space, one.node, one.building].filter(Boolean).join(" · ");
      lines.push(word("board.silence", { what, time: hour(one.until), by: one.by, reason: one.reason }));
    }
    const shown = lines.length > FOOT_LINES ? [...lines.slice(0, FOOT_LINES - 1), word("board.more", { n: lines.length - FOOT_LINES + 1 })] : lines;
    if (this.foot.dataset.lines === lines.join("\n")) return;
    this.foot.dataset.lines = lines.join("\n");
    this.foot.title = lines.join("\n");
    this.foot.replaceChildren(...shown.map((line) => el("li", "", line)));
    this.foot.hidden = shown.length === 0;
  }

  #make(id) {
    const card = {
      root: el("li"), shape: shape(), what: el("p", "what"), facts: el("p", "facts"), value: el("span", "value"),
      limit: el("span", "limit"), when: el("span", "when"), doing: el("p", "do"), state: el("p", "state"),
      note: el("p", "note"), button: el("button"), label: el("span"), key: el("kbd"), drill: el("strong", "drill"), why: el("p", "why"),
      title: el("a", "to"),
    };
    card.root.tabIndex = -1;
    card.root.dataset.alert = id;
    card.button.type = "button";
    card.what.id = "what-" + id;
    card.button.setAttribute("aria-describedby", card.what.id);
    card.button.append(card.label, card.key);
    card.button.addEventListener("click", () => {
      card.root.focus({ preventScroll: true });
      this.take(id);
    });
    card.what.append(card.drill, card.title);
    card.facts.append(card.value, card.limit, card.when);
    card.root.append(card.shape, card.what, card.facts, card.why, card.state, card.doing, card.note, card.button);
    this.#cards.set(id, card);
    return card;
  }

  #fill(card, alarm, mayAct) {
    const isOver = alarm.state === "resolved";
    const acked = alarm.acked_by !== null;
    const isMuted = alarm.muted !== null;
    setClass(card.root, `card p${alarm.priority}${acked ? " acked" : ""}${isMuted ? " muted" : ""}${isOver ? " returned" : ""}`);
    setShape(card.shape, `p${alarm.priority}`);
    setText(card.drill, alarm.is_drill ? word("board.drill") : "");
    card.drill.hidden = !alarm.is_drill;
    const title = orCode("rule", alarm.rule);
    const to = alarm.labels ? "/alerts?tab=shelved" : `/alerts/${encodeURIComponent(alarm.id)}`;
    if (card.title.getAttribute("href") !== to) card.title.setAttribute("href", to);
    setText(card.title, alarm.labels ? word("board.fold", { what: title, n: alarm.labels.length }) : `${alarm.label} · ${title}`);
    const labels = alarm.labels ? alarm.labels.join(", ") : "";
    if (card.root.title !== labels) card.root.title = labels;
    setText(card.why, [isMuted && why(alarm), alarm.corrected && corrected(alarm.corrected)].filter(Boolean).join(" · "));
    card.why.hidden = !card.why.textContent;
    setText(card.value, alarm.rule === "over-capacity" && !alarm.labels && alarm.limit !== null && alarm.value !== null ? `${alarm.value} / ${alarm.limit}` : "");
    setText(card.limit, [clauseOf(alarm.clause), !this.isDense && alarm.limit_rule && orCode(CAPS.has(alarm.rule) ? "limit" : "task", alarm.limit_rule)].filter(Boolean).join(" · "));
    setText(card.when, (this.isDense ? age : ago)(now() - Date.parse(alarm.since)));
    setText(card.doing, isOver || isMuted ? "" : word(`rule.${alarm.action}.do`));
    const since = alarm.acked_at ? now() - Date.parse(alarm.acked_at) : 0;
    setText(card.state, acked ? word("board.acked", { who: alarm.acked_by, age: age(since) }) : isOver ? word("board.returned") : "");
    setText(card.note, alarm.failure ? word(alarm.failure) : alarm.undelivered && !isMuted ? word("board.undelivered") : "");
    card.note.hidden = !card.note.textContent;
    card.state.hidden = !card.state.textContent;
    card.value.hidden = !card.value.textContent;
    card.limit.hidden = !card.limit.textContent;
    card.button.hidden = acked || isMuted || !mayAct;
    setText(card.label, word(this.isDense ? "board.ack.short" : "board.ack"));
    setText(card.key, alarm.key === null ? "" : String(alarm.key));
    card.key.hidden = alarm.key === null;
  }
}

// Why nobody is told of it, and until when.
function why(alarm) {
  const until = alarm.muted_until && word("board.until", { time: hour(alarm.muted_until) });
  return [orCode("muted", alarm.muted), until].filter(Boolean).join(" ");
}

// The hub says it in plain English; known sentences have words.
function corrected(text) {
  const was = /was (\S+), not (\S+)/.exec(text);
  if (was) return word("corrected.was", { was: was[1], not: was[2] });
  const code = { "it held after all": "held", "it did not hold": "not-held", "only afterwards": "missed" };
  const known = Object.keys(code).find((part) => text.includes(part));
  return known ? word("corrected." + code[known]) : `${word("board.corrected")}: ${text}`;
}

// An instant on the campus's clocks; hours that are already said so stay as they are.
function hour(text) {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? (text ?? "–") : clockTime(ms, false);
}
