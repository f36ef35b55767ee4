// A page that is looked at, not acted on: asks for itself again and takes over what is new below #fresh.

const part = document.getElementById("fresh");
const lost = document.getElementById("lost"); // Where the shell does not say it.
const every = Number(part.dataset.every) * 1000;
const TOKEN = "input[name=csrf_token]";
let heardAt = performance.now();

async function again() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(every) });
    if (answer.redirected) return location.reload();
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Said below once it lasts.
  }
  if (lost) lost.hidden = performance.now() - heardAt < every * 2.5;
}

// What somebody has opened stays open, and the focus stays where it was.
function take(page) {
  const fresh = page.getElementById("fresh");
  if (!fresh) return;
  heardAt = performance.now();
  if (withoutTokens(fresh) === withoutTokens(part)) {
    // Every answer signs its tokens anew; a button that is being pressed stays where it is.
    const tokens = fresh.querySelectorAll(TOKEN);
    part.querySelectorAll(TOKEN).forEach((field, at) => { field.value = tokens[at].value; });
    return;
  }
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : "";
  part.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.querySelector("summary, a, button")?.focus({ preventScroll: true });
}

function withoutTokens(element) {
  return element.innerHTML.replace(/(name="csrf_token" value=")[^"]*/g, "$1");
}

setInterval(again, every);
document.addEventListener("visibilitychange", again);
// The hub has fallen silent, or is back: what is known has changed.
document.addEventListener("hub", again);
if (location.hash) document.getElementById(location.hash.slice(1))?.setAttribute?.("open", "");
