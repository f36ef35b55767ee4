// One task, opened: what to do, the countdown, the buttons under the thumb, what happened so far.

import { el, setText } from "./shapes.js";
import { status, statusText, whoHas } from "./task_list.js";
import { clockTime, now } from "./time.js";
import { clauseOf, orCode, word } from "./words.js";

const $ = (id) => document.getElementById(id);

export class TaskPage {
  #view = null;
  #log = "";
  #has = new Set(); // keys of tasks whose early end was asked about

  // tell(view, verb, { note, to }): a button was pressed.
  constructor(tell) {
    this.tell = tell;
    for (const verb of ["take", "start", "done"]) $("do-" + verb).addEventListener("click", () => this.#press(verb));
    for (const name of ["abort", "give"]) $("do-" + name).addEventListener("click", () => $("ask-" + name).showModal());
    for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
    $("abort-form").addEventListener("submit", (event) => this.#abort(event));
    $("give-form").addEventListener("submit", (event) => this.#give(event));
    $("early-yes").addEventListener("click", () => {
      $("ask-early").close();
      this.tell(this.#view, "done", {});
    });
  }

  // view: null when the task is no longer on the board.
  draw(view, limits, reader, at) {
    this.#view = view;
    this.limit = view && limits[view.task];
    $("gone").hidden = view !== null;
    $("work").hidden = view === null;
    $("thumb").hidden = view === null || view.isOver || !reader.may_act;
    if (!view) return;
    setText($("one-title"), `${view.code} · ${orCode("task", view.task)}`);
    setText($("one-name"), view.names[document.documentElement.lang] ?? "");
    if ($("one-status").dataset.said !== view.state + statusText(view, at)) {
      $("one-status").dataset.said = view.state + statusText(view, at);
      $("one-status").replaceChildren(status(view, at));
    }
    const minutes = this.limit ? Math.ceil(this.limit.minimum_s / 60) : null;
    setText($("one-due"), [view.due && word("tasks.due_at", { time: clockTime(view.due, false) }), clauseOf(this.limit?.clause)].filter(Boolean).join(" · "));
    setText($("one-who"), whoHas(view) || (view.isOver ? "" : word("tasks.nobody")));
    [1, 2, 3].forEach((step) => setText($("step-" + step), word(`tasks.step.${view.task}.${step}`, { n: minutes ?? "–" })));
    $("do-take").hidden = view.holder === reader.name;
    $("do-take").disabled = view.holder !== null;
    $("do-start").hidden = view.isStarted;
    $("do-done").classList.toggle("main", view.isStarted);
    $("do-take").classList.toggle("main", !view.isStarted && view.holder === null);
    $("do-start").classList.toggle("main", !view.isStarted && view.holder !== null);
    $("one-doubt").hidden = !view.isDoubted;
    this.count(at);
    this.#drawLog(view);
  }

  // Each second.
  count(at) {
    const view = this.#view;
    const isCounting = Boolean(view?.isStarted && view.startedAt !== null && this.limit);
    $("timer").hidden = !(view?.isStarted);
    if (!view?.isStarted) return;
    if (!isCounting) {
      setText($("left"), "–:–");
      setText($("left-word"), word(view.startedAt !== null ? "tasks.no_limit" : "tasks.by_sensor"));
      return;
    }
    const left = Math.ceil((view.startedAt + this.limit.minimum_s * 1000 - at) / 1000);
    const s = Math.abs(left);
    setText($("left"), `${left < 0 ? "+" : ""}${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`);
    setText($("left-word"), word(left > 0 ? "tasks.left" : "tasks.enough"));
    $("timer").classList.toggle("enough", left <= 0);
  }

  #press(verb) {
    const view = this.#view;
    if (verb === "done" && this.#isDoubtful(view) && !this.#has.has(view.key)) {
      this.#has.add(view.key);
      const n = Math.ceil(this.limit.minimum_s / 60);
      setText($("early-why"), view.startedAt !== null ? word("tasks.early", { n, time: clockTime(view.startedAt, false) }) : word("tasks.unstarted", { n }));
      $("ask-early").showModal();
      return;
    }
    this.tell(view, verb, {});
  }

  // Begun a moment ago; or never begun, where nobody's word alone is enough. Else the hub judges.
  #isDoubtful(view) {
    if (!this.limit) return false;
    if (view.startedAt !== null) return now() - view.startedAt < this.limit.minimum_s * 1000;
    return !view.isStarted && !this.limit.word_counts;
  }

  #abort(event) {
    event.preventDefault();
    const chosen = $("abort-form").querySelector("input[name=why]:checked");
    const own = $("abort-note").value.trim();
    const note = [chosen && chosen.value !== "other" ? chosen.dataset.word : "", own].filter(Boolean).join(": ");
    $("abort-wrong").hidden = Boolean(note);
    $("abort-note").setAttribute("aria-invalid", String(!note));
    if (!note) return $("abort-note").focus();
    $("ask-abort").close();
    $("abort-form").reset();
    this.tell(this.#view, "abort", { note: note.slice(0, 200) });
  }

  #give(event) {
    event.preventDefault();
    const to = $("give-form").querySelector("input[name=to]:checked").value;
    $("ask-give").close();
    this.tell(this.#view, "give", { to, note: $("give-note").value.trim().slice(0, 200) });
    $("give-form").reset();
  }

  #drawLog(view) {
    const lines = view.lines.map((line) => {
      const what = word("tasks.log." + line.verb, { who: line.who, role: line.to ? orCode("role", line.to) : "" });
      const unsent = line.refused ? ` · ${word("tasks.refused")}` : line.pending ? ` · ${word("tasks.unsent")}` : "";
      return `${clockTime(line.at, false)} ${what}${line.note ? `: ${line.note}` : ""}${unsent}`;
    });
    if (view.due) lines.unshift(`${clockTime(view.due, false)} ${word("tasks.log.due")}`);
    if (lines.join("\n") === this.#log) return;
    this.#log = lines.join("\n");
    $("log").replaceChildren(...lines.map((line) => el("li", "", line)));
  }
}
