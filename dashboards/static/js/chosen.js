// A room chosen on the board: how many people are in it, or that nobody may go in, said without leaving the board.

import { el, setClass, setText } from "./shapes.js";
import { word } from "./words.js";

const WAIT_MS = 8000;
const MOST = 100000; // People, as the server takes them.
const SHOWN_MS = 12000; // By then the hub has carried it out, or we say that it has not.
const KEPT_MS = 8000;

// board: { spaces(), isLost(), reader, signOn() }. A click on a room, or Enter in the search, opens its few words.
export function start(board) {
  const said = el("p", "said");
  said.setAttribute("role", "status");
  said.hidden = true;
  document.body.append(said);
  document.querySelector(".rooms").addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='/space/']");
    // Who only reads goes on to the room, and so does who asks for another tab.
    if (!link || !board.reader.acts || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const id = decodeURIComponent(link.getAttribute("href").slice("/space/".length));
    if (!board.spaces().has(id)) return;
    event.preventDefault();
    open(id, board, said);
  });
}

function open(id, board, said) {
  const space = board.spaces().get(id);
  const dialog = el("dialog", "pin say");
  const title = el("h2", "", [space.code, space.names[document.documentElement.lang]].filter(Boolean).join(" · "));
  const now = el("p");
  const count = fieldOf("count", "board.say.count", { inputMode: "numeric", maxLength: 7 });
  const reason = fieldOf("reason", "board.say.reason", { maxLength: 200 });
  const page = el("a", "to", word("board.say.page"));
  const cancel = el("button", "plain", word("pin.cancel"));
  const foot = el("p", "row");
  title.id = "say-title";
  dialog.setAttribute("aria-labelledby", title.id);
  page.href = `/space/${encodeURIComponent(id)}`;
  cancel.type = "button";
  foot.append(page, cancel);
  dialog.append(
    title,
    now,
    formOf(count, [["board.say.save", (one) => recount(one.input.value.trim())], ["board.say.empty", () => recount("0")]]),
    formOf(reason, [["board.say.close", () => hold(true)], ["board.say.open", () => hold(false)]]),
    foot,
  );
  document.body.append(dialog);

  async function recount(text) {
    if (!/^[0-9]{1,6}$/.test(text) || Number(text) > MOST) return word("board.say.wrong");
    const n = Number(text);
    return tell("recount", { count: n }, String(n), (one) => one.occupancy === n);
  }

  function hold(on) {
    const body = { on, reason: reason.input.value.trim() };
    return tell("hold", body, word(on ? "board.say.close" : "board.say.open"), (one) => (one.state === "hold") === on);
  }

  async function tell(verb, body, what, isShown) {
    const fault = await send(id, verb, body, board);
    if (!fault) {
      dialog.close();
      watch(board, id, `${space.code} · ${what}`, isShown, said);
    }
    return fault;
  }

  function draw() {
    const one = board.spaces().get(id);
    const isKnown = !board.isLost() && one && one.state !== "unknown" && one.occupancy !== null;
    setClass(now, isKnown ? "now" : "now unknown");
    const n = isKnown ? String(one.occupancy) : "–";
    setText(now, word("board.say.now", { n: one?.capacity == null ? n : `${n} / ${one.capacity}` }));
    return isKnown ? n : "";
  }

  count.input.value = draw();
  const drawing = setInterval(draw, 500);
  // The key that opened it, still held down, says nothing.
  dialog.addEventListener("keydown", (event) => event.repeat && event.code === "Enter" && event.preventDefault());
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    clearInterval(drawing);
    dialog.remove();
  });
  dialog.showModal();
  count.input.focus();
  count.input.select();
}

function fieldOf(name, key, more) {
  const field = { label: el("label", "", word(key)), input: el("input"), fault: el("p", "fault") };
  Object.assign(field.input, { name, type: "text", autocomplete: "off", ...more });
  field.fault.id = `say-${name}-fault`;
  field.fault.setAttribute("role", "alert");
  field.fault.hidden = true;
  field.label.append(field.input);
  return field;
}

// Enter in the field is the first button. What is refused stays as it was typed, and why stands below it.
function formOf(field, choices) {
  const form = el("form");
  const row = el("div", "row");
  const buttons = choices.map(([key, say]) => {
    const button = el("button", "", word(key));
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      for (const one of buttons) one.disabled = true;
      const fault = await say(field);
      for (const one of buttons) one.disabled = false;
      setText(field.fault, fault);
      field.fault.hidden = !fault;
      if (!fault) return;
      field.input.setAttribute("aria-invalid", "true");
      field.input.setAttribute("aria-describedby", field.fault.id);
      field.input.focus();
    });
    return button;
  });
  row.append(...buttons);
  form.append(field.label, field.fault, row);
  return form;
}

// Why it was not taken; empty when it was.
async function send(id, verb, body, board, isAgain = false) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  try {
    const asked = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(WAIT_MS) };
    const answer = await fetch(`/api/1/spaces/${encodeURIComponent(id)}/${verb}`, asked);
    if (answer.ok) return "";
    if (answer.status === 401) return !isAgain && (await board.signOn()) ? send(id, verb, body, board, true) : word("board.say.over");
    // Somebody signed in again in another tab: this page's token is an old one.
    if (answer.status === 400) location.reload();
    if (answer.status === 403) return word("board.say.refused");
    return word(answer.status === 422 ? (verb === "recount" ? "board.say.wrong" : "board.say.long") : "board.unsent");
  } catch {
    return word("board.unsent");
  }
}

// Sent is not yet done: it is done when the board shows it.
function watch(board, id, what, isShown, said) {
  const until = performance.now() + SHOWN_MS;
  const show = (key) => setText(said, word(key, { what }));
  clearInterval(said.watching);
  said.hidden = false;
  show("board.say.sent");
  said.watching = setInterval(() => {
    const one = board.spaces().get(id);
    const at = performance.now();
    const isDone = !board.isLost() && one && isShown(one);
    if (!isDone && at < until) return;
    show(isDone ? "board.say.done" : "board.say.waits");
    clearInterval(said.watching);
    said.watching = setTimeout(() => { said.hidden = true; }, KEPT_MS);
  }, 500);
}
