// Pages about alerts: made by the server; asked for again at once when the feed says that something changed.

import { Feed } from "./feed.js";
import { hearTime, now } from "./time.js";

const SETTLE_MS = 120;
const part = document.getElementById("fresh");
const lost = document.getElementById("lost");
const HUB_SILENT_MS = 12000;
let hubMs;
let waiting = null;

function change(told) {
  if (told.hub) hubMs = Date.parse(told.hub.as_of);
  const isOurs = told.alerts || told.silences || (told.gone ?? []).some(([kind]) => kind === "alert" || kind === "silence");
  if (isOurs && waiting === null) waiting = setTimeout(again, SETTLE_MS);
}

function snapshot(state) {
  hubMs = state.hub ? Date.parse(state.hub.as_of) : null;
  again();
}

async function again() {
  waiting = null;
  try {
    const answer = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(5000) });
    if (answer.redirected) return location.reload();
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The feed says whether anybody is there.
  }
}

// The focus stays where it was; forms are outside and keep what was typed.
function take(page) {
  const fresh = page.getElementById("fresh");
  const button = page.getElementById("take");
  document.getElementById("take")?.toggleAttribute("hidden", !button);
  if (!fresh || fresh.innerHTML === part.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function second() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const s = Math.max(0, Math.floor((Date.parse(one.dataset.until) - now()) / 1000));
    one.textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }
  // Before the first frame the server's own word stands.
  const isLost = feed.state() === "lost" || (hubMs !== undefined && (hubMs === null || now() - hubMs > HUB_SILENT_MS));
  document.documentElement.classList.toggle("lost", isLost);
  if (isLost) lost.hidden = false;
  else if (wasLost) again().then(() => (lost.hidden = true));
  wasLost = isLost;
}

let wasLost = false;
hearTime(new Date().toISOString());
const feed = new Feed({ snapshot, change, time: hearTime, session: (over) => over && location.reload() }, () => false);
setInterval(second, 1000);
