// The rail: a card for each alarm that somebody must see.

import { age, ago, word } from "./words.js";
import { el, setClass, setShape, setText, shape } from "./shapes.js";
import { now } from "./time.js";

const DENSE_FROM = 4;

export class Rail {
  #cards = new Map();

  constructor(list, take) {
    this.list = list;
    this.take = take;
  }

  draw(alarms, mayAct) {
    const kept = new Set();
    const waiting = alarms.filter((alarm) => !alarm.acked_by).length;
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

  #make(id) {
    const card = {
      root: el("li"), shape: shape(), what: el("p", "what"), facts: el("p", "facts"), value: el("span", "value"),
      limit: el("span", "limit"), when: el("span", "when"), doing: el("p", "do"), state: el("p", "state"),
      note: el("p", "note"), button: el("button"), label: el("span"), key: el("kbd"),
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
    card.facts.append(card.value, card.limit, card.when);
    card.root.append(card.shape, card.what, card.facts, card.state, card.doing, card.note, card.button);
    this.#cards.set(id, card);
    return card;
  }

  #fill(card, alarm, mayAct) {
    const isOver = alarm.state === "resolved";
    const acked = alarm.acked_by !== null;
    setClass(card.root, `card p${alarm.priority}${acked ? " acked" : ""}${isOver ? " returned" : ""}`);
    setShape(card.shape, `p${alarm.priority}`);
    setText(card.what, `${alarm.label} · ${word("rule." + alarm.rule)}`);
    setText(card.value, alarm.rule === "over-capacity" && alarm.limit !== null && alarm.value !== null ? `${alarm.value} / ${alarm.limit}` : "");
    setText(card.limit, [alarm.clause, alarm.limit_rule && word("limit." + alarm.limit_rule)].filter(Boolean).join(" · "));
    setText(card.when, ago(now() - Date.parse(alarm.since)));
    setText(card.doing, isOver ? "" : word(`rule.${alarm.action}.do`));
    const since = alarm.acked_at ? now() - Date.parse(alarm.acked_at) : 0;
    setText(card.state, acked ? word("board.acked", { who: alarm.acked_by, age: age(since) }) : isOver ? word("board.returned") : "");
    setText(card.note, alarm.failure ? word(alarm.failure) : "");
    card.note.hidden = !alarm.failure;
    card.state.hidden = !card.state.textContent;
    card.value.hidden = !card.value.textContent;
    card.limit.hidden = !card.limit.textContent;
    card.button.hidden = acked || !mayAct;
    setText(card.label, word(this.isDense ? "board.ack.short" : "board.ack"));
    setText(card.key, alarm.key === null ? "" : String(alarm.key));
    card.key.hidden = alarm.key === null;
  }
}
