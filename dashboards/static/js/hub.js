// A page that is drawn once says when what it shows is no longer so: the hub has fallen silent, or nobody answers.
// Asked for seldom: just when the last pulse we know of grows too old, and each few seconds beside that.

const SILENT_MS = 12000; // The hub beats each second; as the server judges it.
const GONE_MS = 11500; // No answer for so long: the server is gone.
const EVERY_MS = 5000;
const SOON_MS = 300;

const bar = document.getElementById("hub");
const [says, age] = bar.children;
// A page with a bar of its own for a server that is gone says that there.
const isOurs = !document.getElementById("lost");
let heardAt = performance.now();
let pulseAt; // Of the hub's last pulse; null: there was none; undefined: not asked yet.
let lastAt = performance.now();
let wasLost = false;
let waiting = null;

function silentFor() {
  if (pulseAt === undefined) return 0;
  return pulseAt === null ? Infinity : performance.now() - pulseAt;
}

async function ask() {
  clearTimeout(waiting);
  waiting = null;
  try {
    const answer = await fetch("/healthz", { signal: AbortSignal.timeout(EVERY_MS) });
    const told = await answer.json();
    heardAt = performance.now();
    pulseAt = told.hub_age_s === null ? null : heardAt - told.hub_age_s * 1000;
    if (answer.ok && told.restored !== document.getElementById("restored").dataset.of) (await import("./restored.js")).draw();
  } catch {
    // Said below once it lasts.
  }
  draw();
  const left = SILENT_MS - silentFor() + SOON_MS;
  if (!document.hidden) waiting ??= setTimeout(ask, left > 0 ? Math.min(left, EVERY_MS) : EVERY_MS);
}

function draw() {
  const isServerLost = performance.now() - heardAt > GONE_MS;
  // Only an answer tells that it is the hub.
  const isHubLost = pulseAt === null || heardAt - pulseAt > SILENT_MS;
  const isLost = isHubLost || isServerLost;
  const text = isServerLost && isOurs ? bar.dataset.server : isHubLost ? bar.dataset.hub : "";
  bar.hidden = !text;
  if (says.textContent !== text) says.textContent = text;
  if (!isLost) lastAt = performance.now() - silentFor();
  const s = Math.floor((performance.now() - (pulseAt ?? lastAt)) / 1000);
  age.textContent = pulseAt === null ? "" : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  document.documentElement.classList.toggle("lost", isLost);
  // What is drawn anew by itself is drawn anew now.
  if (isLost !== wasLost) document.dispatchEvent(new Event("hub"));
  wasLost = isLost;
}

document.addEventListener("visibilitychange", () => document.hidden || ask());
setInterval(draw, 500);
ask();
