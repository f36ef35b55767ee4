// A page that is looked at, not acted on: asks for itself again and takes over what is new below #fresh.

const part = document.getElementById("fresh");
const lost = document.getElementById("lost");
const every = Number(part.dataset.every) * 1000;
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
  lost.hidden = performance.now() - heardAt < every * 2.5;
}

// What somebody has opened stays open, and the focus stays where it was.
function take(page) {
  const fresh = page.getElementById("fresh");
  if (!fresh) return;
  heardAt = performance.now();
  if (fresh.innerHTML === part.innerHTML) return;
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : "";
  part.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.querySelector("summary, a, button")?.focus({ preventScroll: true });
}

setInterval(again, every);
document.addEventListener("visibilitychange", again);
if (location.hash) document.getElementById(location.hash.slice(1))?.setAttribute?.("open", "");
