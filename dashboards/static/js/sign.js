// The screen at a door: asks each two seconds what to show; what is older than 15 s is not shown as known.

const ASK_MS = 2000;
const OLD_MS = 15000;
// A room that was full is open again only when so many places are free: the sign does not flicker.
const AGAIN_FREE = 2;
const root = document.documentElement;
const words = JSON.parse(document.getElementById("said").textContent);
let shown = root.classList[0];
let heardAt = performance.now();

function show(face) {
  const wasShut = shown === "wait";
  const few = face.kind === "go" && wasShut && face.free !== null && face.free < Math.min(AGAIN_FREE, face.capacity ?? AGAIN_FREE);
  const kind = few ? "wait" : face.kind;
  shown = kind;
  root.className = kind;
  const isGo = kind === "go" && face.free !== null;
  text("code", face.code);
  text("number", isGo ? String(face.free) : kind === "airing" ? (face.until ?? "") : "");
  for (const line of document.querySelectorAll(".said")) {
    const own = words[line.lang];
    const detail = isGo ? fill(own.free, { n: face.free })
      : face.elsewhere ? fill(own.elsewhere, { code: face.elsewhere.code, n: face.elsewhere.free }) : "";
    set(line.querySelector("strong"), own[kind]);
    set(line.querySelector(".detail"), detail);
  }
}

function unknown() {
  shown = "unknown";
  show({ kind: "unknown", code: document.getElementById("code").textContent, free: null, until: null, elsewhere: null });
}

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function text(id, value) {
  set(document.getElementById(id), value);
}

function set(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

async function ask() {
  try {
    const answer = await fetch(`/sign/${encodeURIComponent(root.dataset.token)}/state`, { signal: AbortSignal.timeout(ASK_MS * 2) });
    if (answer.status === 404) return unknown();
    if (!answer.ok) return;
    const face = await answer.json();
    // A hub that has been silent is the server's business: it says unknown by itself.
    heardAt = performance.now();
    if (face.build !== root.dataset.build) return location.reload();
    show(face);
  } catch {
    // Said below once it lasts.
  }
}

setInterval(() => {
  if (performance.now() - heardAt > OLD_MS - ASK_MS) unknown();
}, 1000);
setInterval(ask, ASK_MS);
navigator.wakeLock?.request("screen").catch(() => {});
