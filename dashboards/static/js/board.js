// The guard's board: feed in, picture out. Start here.

import { Alarms, isWaiting } from "./alarms.js";
import { Campus } from "./campus.js";
import { Feed } from "./feed.js";
import { fold } from "./fold.js";
import { Rail } from "./rail.js";
import { setShape, setText } from "./shapes.js";
import * as sound from "./sound.js";
import { clockTime, hearOffset, hearTime, now } from "./time.js";
import { useWords, word } from "./words.js";

const HUB_SILENT_MS = 12000;
const $ = (id) => document.getElementById(id);
const data = (id) => JSON.parse($(id).textContent);

const first = data("state");
const reader = data("reader");
useWords(data("words"));

const alarms = new Alarms();
const rail = new Rail($("cards"), $("foot"), take);
const campus = new Campus($("campus"), document.documentElement.lang);
const announced = new Set();
let spaces = new Map();
let silences = new Map();
let gaps = new Map();
let hub = null;
let isOver = false;
let isLost = false;
let hasNew = false;
let isStarting = true;
let drawMap = () => {};

function takeSnapshot(state) {
  if (state.build !== first.build && !alarms.cards().some(isWaiting)) {
    location.reload();
    return;
  }
  spaces = new Map(state.spaces.map((space) => [space.space, space]));
  silences = new Map(state.silences.map((one) => [one.id, one]));
  gaps = new Map(state.gaps.map((one) => [one.key, one]));
  alarms.replace(state.alerts);
  takeHub(state.hub);
  draw();
}

function takeChange(part) {
  for (const space of part.spaces ?? []) spaces.set(space.space, space);
  for (const alarm of part.alerts ?? []) alarms.put(alarm);
  for (const one of part.silences ?? []) silences.set(one.id, one);
  for (const one of part.gaps ?? []) gaps.set(one.key, one);
  for (const [kind, key] of part.gone ?? []) {
    if (kind === "silence") silences.delete(key);
    if (kind === "gap") gaps.delete(key);
    if (kind === "space") spaces.delete(key);
    if (kind === "alert") alarms.remove(key);
  }
  if (part.hub) takeHub(part.hub);
  draw();
}

function takeHub(row) {
  hub = row;
  if (hub) hearOffset(hub.utc_offset_min);
  if ((hub?.restored[0]?.at ?? "") !== $("restored").dataset.of) import("./restored.js").then((found) => found.draw());
}

function draw() {
  const cards = alarms.cards();
  const waiting = cards.filter(isWaiting);
  rail.draw(cards, reader.acts);
  rail.drawFoot([...gaps.values()], [...silences.values()].map((one) => ({ ...one, space: spaces.get(one.space)?.code ?? one.space })));
  setText($("open-count"), waiting.length ? String(waiting.length) : "");
  setText($("room-count"), String(spaces.size));
  const abnormal = campus.draw([...spaces.values()], alarms);
  setText($("abnormal-count"), abnormal ? String(abnormal) : "");
  $("calm").hidden = cards.length > 0;
  document.title = (waiting.length ? `(${waiting.length}) ` : "") + word("board.title");
  const icon = $("icon").href.replace(/icon(-alarm)?\.svg/, waiting.some((card) => card.priority === 1) ? "icon-alarm.svg" : "icon.svg");
  if ($("icon").href !== icon) $("icon").href = icon;
  announce(waiting);
  drawLink();
}

// Say a new alarm once; those already there when the board opens are not new.
function announce(waiting) {
  const fresh = waiting.filter((card) => !announced.has(card.id));
  fresh.forEach((card) => announced.add(card.id));
  if (fresh.length === 0 || isStarting) return;
  hasNew = true;
  setText($("announce"), fresh.map((card) => `${card.is_drill ? word("board.drill") + " " : ""}${card.label}: ${word("rule." + card.rule)}`).join(". "));
}

// Is what we show live? Checked each second, whatever is heard.
function drawLink() {
  const feedState = feed ? feed.state() : "live";
  const hubMs = hub ? Date.parse(hub.as_of) : null;
  const isHubSilent = hubMs === null || now() - hubMs > HUB_SILENT_MS;
  const wasLost = isLost;
  isLost = feedState === "lost" || isHubSilent;
  document.documentElement.classList.toggle("lost", isLost);
  $("lost").hidden = !isLost;
  if (isLost) {
    setText($("lost").firstElementChild, word("board.lost", { time: hubMs === null ? "–" : clockTime(hubMs) }));
    setText($("lost").lastElementChild, word(feedState === "lost" ? "board.lost.feed" : "board.lost.hub"));
    if (!wasLost) sound.warnLost();
  }
  const link = isLost || feed?.isBroken() ? "lost" : hub.broker_connected ? feedState : "broker";
  $("link").dataset.link = link;
  setText($("link").lastElementChild, word("board.link." + link));
  setShape($("link").firstElementChild, link === "lost" || link === "broker" ? "off" : "on");
  drawMap({ spaces, alarms, isLost });
}

function drawSound() {
  const isOn = sound.isOn();
  $("sound").dataset.sound = isOn ? "on" : "off";
  $("sound").disabled = !isOn;
  setText($("sound").lastElementChild, word(isOn ? "board.sound.on" : "board.sound.off"));
  setShape($("sound").firstElementChild, isOn ? "sound" : "mute");
  $("shift").hidden = isOn;
}

function drawSession(over) {
  isOver = over || now() > reader.ends_ms;
  $("over").hidden = !isOver;
}

async function take(id) {
  if (!reader.acts || (isOver && !(await signOn()))) return;
  if (!alarms.take(id, reader.name)) return;
  draw();
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  try {
    const answer = await fetch(`/api/1/alerts/${encodeURIComponent(id)}/ack`, { method: "POST", headers, signal: AbortSignal.timeout(5000) });
    if (answer.ok) alarms.taken(await answer.json());
    else {
      alarms.failed(id, answer.status === 403 ? "board.refused" : "board.unsent");
      // The board stays; whoever is here says so by PIN, and the tap counts.
      if (answer.status === 401 && (await signOnAgain())) return take(id);
      // Somebody signed in again in another tab: this page's token is an old one.
      if (answer.status === 400) location.reload();
    }
  } catch {
    alarms.failed(id, "board.unsent");
  }
  draw();
}

// Somebody signs on by PIN: the board goes on under their name. False when nobody did.
async function signOn() {
  const meta = document.querySelector("meta[name=csrf-token]");
  const { askPin } = await import("./pin.js");
  const granted = await askPin(meta.content);
  if (!granted) return false;
  meta.content = granted.csrf;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = granted.csrf;
  Object.assign(reader, { name: granted.name, ends_ms: granted.ends_ms, acts: true });
  setText(document.querySelector(".who"), granted.name);
  // What was asked in the sitting before, and is answered only now, says nothing of this one.
  feed.renew();
  drawSession(false);
  draw();
  return true;
}

// A tap was refused. The stream was let in before that and goes on for a while, so only a new one says who may look.
function signOnAgain() {
  feedHeard = false;
  drawSession(true);
  feed.renew();
  return signOn();
}

// By place, not by letter: the Kazakh layout has letters on the digit row.
function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (document.querySelector("dialog[open]")) return;
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.code === "Escape" && isTyping) {
    $("search").value = "";
    $("search").blur();
    search();
  } else if (event.code === "Enter" && isTyping) {
    event.preventDefault();
    document.querySelector(".tile:not(.away) a")?.click();
  } else if (!isTyping && event.code === "Slash") {
    event.preventDefault();
    $("search").focus();
  } else if (!isTyping && !event.shiftKey) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const id = digit && alarms.under(Number(digit[1]));
    if (id) take(id);
  }
}

function search() {
  campus.find = fold($("search").value);
  draw();
}

async function startShift() {
  await sound.unlock();
  drawSound();
  sound.chime();
  // Neither is needed: a kiosk has both, a phone may refuse.
  document.documentElement.requestFullscreen?.().catch(() => {});
  kiosk?.keepAwake();
  // On a computer that guards share, what is taken from now on has the name of whoever is here.
  if (reader.asks_pin) await signOn();
}

function second() {
  setText($("clock"), isLost && hub === null ? "--:--:--" : clockTime(now()));
  drawLink();
  drawSession(isOver && !feedHeard);
  drawSound();
  const waiting = alarms.cards().filter(isWaiting);
  sound.sound(waiting.map((card) => card.priority), hasNew);
  hasNew = false;
  if (kiosk?.isTimeToBeginAnew(!isLost && feedHeard && waiting.length === 0)) location.reload();
  if (!isLost && hub) setText($("calm").lastElementChild, word("board.checked", { time: clockTime(Date.parse(hub.as_of)) }));
}

let feedHeard = true;
let kiosk = null;
let feed = null;
hearTime(first.now);
takeSnapshot(first);
isStarting = false;
feed = new Feed(
  {
    snapshot: takeSnapshot,
    change: takeChange,
    time: hearTime,
    session: (over) => {
      feedHeard = !over;
      drawSession(over);
    },
  },
  sound.isOn,
);

document.addEventListener("keydown", press);
$("search").addEventListener("input", search);
$("shift").addEventListener("click", startShift);
$("sound").addEventListener("click", sound.chime);
$("filter").addEventListener("click", (event) => {
  const show = event.target.closest("button")?.dataset.show;
  if (!show) return;
  campus.show = show;
  for (const button of $("filter").children) button.setAttribute("aria-pressed", String(button.dataset.show === show));
  draw();
});
second();
setInterval(second, 1000);
// Ages on the cards grow.
setInterval(draw, 10000);
// After the first picture: the floor map, what is needed at night, and what somebody says of a room they choose.
Promise.all([
  import("./plan/on_board.js").then(({ start }) => (drawMap = start(data("words")))),
  import("./kiosk.js").then((found) => { kiosk = found; }),
  import("./chosen.js").then(({ start }) => start({ spaces: () => spaces, isLost: () => isLost, reader, signOn: signOnAgain })),
]).then(() => { document.documentElement.dataset.ready = "yes"; });
