// The guard's board with the floor map: a button and the key M put it in place of the tiles, or above them on a large
// screen. What draws it comes when it is first asked for.

import { el, setText } from "../shapes.js";
import { useWords, word } from "../words.js";

const LARGE = "(min-width: 1600px) and (min-height: 1000px)";
const KEPT = "kuzet-map";
const $ = (id) => document.getElementById(id);

// words: the board's catalogue. Returns what the board calls with each picture: { spaces, alarms, isLost }.
export function start(words) {
  let view = null;
  let isWanted = false;
  let isLoading = false;
  let now = null;

  async function load() {
    isLoading = true;
    setText($("plan"), word("board.map.wait"));
    try {
      const [{ MapView }, answer] = await Promise.all([import("./view.js"), fetch("/map/floors", { signal: AbortSignal.timeout(8000) }), style()]);
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const told = await answer.json();
      useWords({ ...words, ...told.words });
      view = new MapView($("plan"), told, document.documentElement.lang, { pinned: null, draws: false, hasList: false });
    } catch {
      setText($("plan"), word("board.map.failed"));
    }
    isLoading = false;
  }

  async function show(isShown, isKept = true) {
    isWanted = isShown;
    $("show-map").setAttribute("aria-pressed", String(isShown));
    if (isKept) keep(isShown);
    $("plan").hidden = !isShown;
    document.body.classList.toggle("mapped", isShown && view !== null);
    if (!isShown || isLoading) return;
    if (!view) await load();
    document.body.classList.toggle("mapped", isWanted && view !== null);
    if (view && now) view.draw(now);
  }

  $("show-map").addEventListener("click", () => show(!isWanted));
  $("show-map").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyM" || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat) return;
    if (event.target instanceof HTMLInputElement || document.querySelector("dialog[open]")) return;
    show(!isWanted);
  });
  // Who looks for a room looks among the tiles.
  $("search").addEventListener("input", () => isWanted && getComputedStyle($("campus")).display === "none" && show(false, false));
  if (kept() ?? matchMedia(LARGE).matches) show(true, false);

  return (told) => {
    now = { ...told, nodes: new Map() };
    if (isWanted && view) view.draw(now);
  };
}

function style() {
  const link = el("link");
  link.rel = "stylesheet";
  link.href = new URL("../../map.css", import.meta.url).href;
  document.head.append(link);
  return new Promise((done) => link.addEventListener("load", done));
}

// A kiosk that starts anew shows what it showed. A browser may keep nothing: then it begins with the tiles.
function keep(isShown) {
  try {
    localStorage.setItem(KEPT, isShown ? "1" : "0");
  } catch {
    // Private windows refuse.
  }
}

function kept() {
  try {
    const said = localStorage.getItem(KEPT);
    return said === null ? null : said === "1";
  } catch {
    return null;
  }
}
