// The list of tasks: one card each, open, mine or done; drawn anew only where something differs.

import { el, setText, shape } from "./shapes.js";
import { clockTime } from "./time.js";
import { age, ago, orCode, word } from "./words.js";

export class TaskList {
  #drawn = "";

  // root: the list; tabs: its three buttons; open(view): a card was tapped.
  constructor(root, empty, tabs, open) {
    Object.assign(this, { root, empty, tabs, open });
  }

  draw(views, alerts, shown, name, at) {
    const of = {
      open: views.filter((view) => !view.isOver),
      mine: views.filter((view) => !view.isOver && view.holder === name),
      done: views.filter((view) => view.isOver),
    };
    const alertsOf = { open: alerts, mine: alerts.filter((alert) => alert.acked_by === name), done: [] };
    for (const tab of this.tabs.children) {
      const which = tab.dataset.tab;
      setText(tab.lastElementChild, String(of[which].length + alertsOf[which].length));
      tab.setAttribute("aria-pressed", String(which === shown));
    }
    const rows = [...alertsOf[shown], ...of[shown]];
    this.empty.hidden = rows.length > 0;
    const drawn = JSON.stringify([shown, rows, Math.floor(at / 20000)]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = document.activeElement?.dataset?.key;
    this.root.replaceChildren(...alertsOf[shown].map((alert) => alertCard(alert, at)), ...of[shown].map((view) => this.#card(view, at)));
    if (focused) this.root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #card(view, at) {
    const item = el("li");
    const link = el("a", "task" + (view.isLate ? " late" : view.isOver ? " over" : ""));
    link.href = `/tasks/${encodeURIComponent(view.space)}/${encodeURIComponent(view.task)}`;
    link.dataset.key = view.key;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.open(view.space, view.task);
    });
    const title = el("strong", "title", `${view.code} · ${orCode("task", view.task)}`);
    link.append(title, status(view, at));
    const who = whoHas(view);
    if (who) link.append(el("span", "who-has", who));
    if (view.pending) {
      const unsent = el("span", "unsent", word("tasks.unsent"));
      unsent.append(" ", shape("again"));
      link.append(unsent);
    }
    item.append(link);
    return item;
  }
}

// What it is now: shape and word.
export function status(view, at) {
  const chip = el("span", "chip " + chipClass(view));
  chip.append(shape(view.isOver ? "done" : view.isLate ? "p2" : view.isStarted ? "running" : "p3"), el("span", "", statusText(view, at)));
  return chip;
}

export function statusText(view, at) {
  const overdue = view.due === null ? 0 : at - view.due;
  if (view.isWaiting) return word("tasks.waiting");
  if (view.isOver) return word("tasks.is_done");
  if (view.isLate) return word("tasks.late", { age: age(overdue) });
  if (view.isDoubted || view.state === "unproven") return word("tasks.unproven");
  if (view.isStarted) return word("tasks.running");
  if (view.due === null || overdue < 60000) return word("tasks.due_now");
  return word("tasks.due_since", { age: age(overdue) });
}

export function whoHas(view) {
  if (view.isOver) return view.done ? word("tasks.done_by", { who: view.done.who, time: clockTime(view.done.at, false) }) : "";
  if (view.holder) return word(view.isStarted ? "tasks.does" : "tasks.goes", { who: view.holder });
  if (view.given) return word("tasks.given", { who: view.given.who, role: orCode("role", view.given.to) });
  if (view.cannot) return word("tasks.cannot_by", { who: view.cannot.who, why: view.cannot.note });
  return "";
}

function chipClass(view) {
  return view.isOver ? "plain" : view.isLate ? "p2" : "p3";
}

function alertCard(alert, at) {
  const item = el("li");
  const link = el("a", "task");
  link.href = `/alerts/${encodeURIComponent(alert.id)}`;
  link.dataset.key = alert.id;
  const chip = el("span", `chip p${alert.priority}`);
  chip.append(shape(`p${alert.priority}`), el("span", "", ago(at - Date.parse(alert.since))));
  link.append(el("strong", "title", `${alert.is_drill ? word("tasks.drill") + " · " : ""}${alert.label} · ${orCode("rule", alert.rule)}`), chip);
  if (alert.acked_by) link.append(el("span", "who-has", word("tasks.goes", { who: alert.acked_by })));
  item.append(link);
  return item;
}
