// Asks who is here and for their PIN, in a dialog: the board goes on under their name. No state in here.

import { el, setText } from "./shapes.js";
import { word } from "./words.js";

const WAIT_MS = 8000;
let asking = null;

// { name, ends_ms, csrf } once somebody has signed on; null when they gave up, or nobody has a PIN here.
export function askPin(csrf) {
  asking ??= ask(csrf).finally(() => { asking = null; });
  return asking;
}

async function ask(csrf) {
  const names = await whoMay();
  return names.length === 0 ? null : new Promise((done) => show(names, csrf, done));
}

async function whoMay() {
  try {
    const answer = await fetch("/pin/names", { signal: AbortSignal.timeout(WAIT_MS) });
    return answer.ok ? (await answer.json()).names : [];
  } catch {
    return [];
  }
}

function show(names, csrf, done) {
  const dialog = el("dialog", "pin");
  const form = el("form");
  const title = el("h2", "", word("pin.title"));
  const name = el("select");
  const pin = el("input");
  const fault = el("p", "fault");
  const enter = el("button", "", word("pin.enter"));
  const cancel = el("button", "plain", word("pin.cancel"));
  title.id = "pin-title";
  dialog.setAttribute("aria-labelledby", title.id);
  name.append(...names.map((one) => el("option", "", one)));
  // Dots without a password field: a browser that guards share must not offer to keep the PIN.
  Object.assign(pin, { type: "text", className: "dots", inputMode: "numeric", required: true, minLength: 4, maxLength: 8, autocomplete: "off" });
  fault.setAttribute("role", "alert");
  fault.hidden = true;
  cancel.type = "button";
  form.append(title, labelled("pin.name", name), labelled("pin.pin", pin), fault, enter, cancel);
  dialog.append(form);
  document.body.append(dialog);
  let result = null;
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    done(result);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    enter.disabled = true;
    const said = await send(name.value, pin.value, csrf);
    enter.disabled = false;
    if (said.granted) {
      result = said.granted;
      dialog.close();
      return;
    }
    setText(fault, said.fault);
    fault.hidden = false;
    pin.value = "";
    pin.focus();
  });
  dialog.showModal();
  pin.focus();
}

async function send(name, pin, csrf) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
  try {
    const answer = await fetch("/pin", { method: "POST", headers, body: JSON.stringify({ name, pin }), signal: AbortSignal.timeout(WAIT_MS) });
    if (answer.ok) return { granted: await answer.json() };
    if (answer.status === 429) return { fault: word("pin.wait", { n: answer.headers.get("Retry-After") }) };
    return { fault: word(answer.status === 403 ? "pin.wrong" : "pin.unsent") };
  } catch {
    return { fault: word("pin.unsent") };
  }
}

function labelled(key, field) {
  const label = el("label", "", word(key));
  label.append(field);
  return label;
}
