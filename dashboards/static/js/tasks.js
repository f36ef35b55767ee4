// The tasks page: feed in, cards out; taps go through the queue. Start here.

import { Feed } from "./feed.js";
import { el, setText } from "./shapes.js";
import * as sound from "./sound.js";
import { Taps } from "./taps.js";
import { TaskList } from "./task_list.js";
import { TaskPage } from "./task_page.js";
import { inOrder, keyOf, viewOf } from "./task_view.js";
import { clockTime, hearOffset, hearTime, now } from "./time.js";
import { useWords, word } from "./words.js";

const HUB_SILENT_MS = 12000;
const SAVE_EVERY_MS = 2000;
const SKEW = "kuzet-skew";
const $ = (id) => document.getElementById(id);
const data = (id) => JSON.parse($(id).textContent);

useWords(data("words"));
const taps = new Taps({ changed: draw, over: () => refused(true), sent: hearSent, isOurs: (tap) => tap.who === first?.reader.name });
const list = new TaskList($("tasks"), $("empty"), $("tabs"), (space, task) => go({ space, task }));
const page = new TaskPage(tap);
let first = data("first");
const isFrame = first === null; // the worker's frame: the server was not reached
let spaces = new Map();
let alerts = new Map();
let logs = new Map();
let hub = null;
let opened = null;
let shown = "open";
let feed = null;
let isLost = isFrame;
let savedAt = -Infinity;
let known = null;
let isSignedOut = false;
let isRefused = false; // A tap was: a sitting that is over may still be read in, and its feed says nothing of that.

function takeSnapshot(state) {
  if (isFrame) return location.pathname === "/tasks/offline" ? location.replace("/tasks") : location.reload();
  spaces = new Map(state.spaces.filter((space) => space.tasks.length).map((space) => [space.space, space]));
  alerts = new Map(state.alerts.filter((alert) => first.managing.includes(alert.rule)).map((alert) => [alert.id, alert]));
  takeHub(state.hub);
  askErrands();
  taps.send();
  draw();
}

function takeChange(part) {
  for (const space of part.spaces ?? []) {
    if (space.tasks.length) spaces.set(space.space, space);
    else spaces.delete(space.space);
  }
  for (const alert of part.alerts ?? []) if (first.managing.includes(alert.rule)) alerts.set(alert.id, alert);
  for (const [kind, key] of part.gone ?? []) {
    if (kind === "space") spaces.delete(key);
    if (kind === "alert") alerts.delete(key);
  }
  takeErrands(part.errands ?? []);
  if (part.hub) takeHub(part.hub);
  draw();
}

function takeErrands(found) {
  for (const one of found) logs.set(keyOf(one.space, one.task), one.said);
}

// What was said while nothing was heard.
async function askErrands() {
  try {
    const answer = await fetch("/api/1/errands", { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) return;
    takeErrands(await answer.json());
    draw();
  } catch {
    // The next snapshot asks again.
  }
}

function takeHub(row) {
  hub = row;
  if (hub) hearOffset(hub.utc_offset_min);
  // The frame that a phone keeps has no such notice: it knows nothing of now.
  const notice = $("restored");
  if (notice && (hub?.restored?.[0]?.at ?? "") !== notice.dataset.of) import("./restored.js").then((found) => found.draw());
}

function hear(iso) {
  hearTime(iso);
  // How far this phone's clock is off, for taps made while nobody is reached.
  try {
    localStorage.setItem(SKEW, String(Date.parse(iso) - Date.now()));
  } catch {
    // A private window: the phone's own clock must do.
  }
}

// The line is known before the tap goes out of the queue, so that nothing flickers.
async function hearSent(tap) {
  refused(false);
  const key = keyOf(tap.space, tap.task);
  const line = { at: new Date(tap.at).toISOString(), who: tap.who, verb: tap.verb, to: tap.to ?? null, note: tap.note ?? "" };
  const said = logs.get(key) ?? [];
  if (!said.some((one) => one.verb === line.verb && Date.parse(one.at) === tap.at)) logs.set(key, [...said, line]);
}

function tap(view, verb, more) {
  navigator.vibrate?.(30);
  taps.add({ space: view.space, task: view.task, code: view.code, verb, at: Math.floor(now()), who: first.reader.name, ...more });
}

function views(at) {
  const found = [];
  for (const space of spaces.values()) {
    for (const task of space.tasks) {
      const key = keyOf(space.space, task.task);
      const own = taps.all().filter((one) => one.space === space.space && one.task === task.task);
      found.push(viewOf(space, task, logs.get(key) ?? [], own, at));
    }
  }
  return inOrder(found);
}

function draw() {
  if (!first) return;
  const at = now();
  const all = views(at);
  const open = [...alerts.values()].filter((alert) => alert.state === "firing" && alert.muted === null);
  open.sort((a, b) => a.priority - b.priority || Date.parse(a.since) - Date.parse(b.since));
  $("list").hidden = opened !== null;
  $("one").hidden = opened === null;
  list.draw(all, open, shown, first.reader.name, at);
  if (opened) page.draw(all.find((view) => view.space === opened.space && view.task === opened.task) ?? null, first.limits, first.reader, at);
  drawQueue();
  tellNew(all);
  const waiting = all.filter((view) => !view.isOver).length;
  document.title = (waiting ? `(${waiting}) ` : "") + word("tasks.title") + " · Kuzet";
  drawLink();
  save(at);
}

// What has not been sent, and what was refused with what to do about it.
function drawQueue() {
  const unsent = taps.all().filter((one) => !one.refused);
  const own = unsent.filter((one) => one.who === first.reader.name);
  const others = unsent.filter((one) => !own.includes(one));
  // Somebody else was signed in here: under another name they would be another's word.
  const said = [...new Set(others.map((one) => one.who))].map((who) => word("tasks.queued_of", { n: others.filter((one) => one.who === who).length, who }));
  if (own.length) said.unshift(word("tasks.queued", { n: own.length }));
  $("queue").hidden = said.length === 0;
  setText($("queue").lastElementChild, said.join(" "));
  const refused = taps.all().filter((one) => one.refused);
  const drawn = refused.map((one) => one.id).join(" ");
  if ($("refused").dataset.drawn === drawn) return;
  $("refused").dataset.drawn = drawn;
  $("refused").replaceChildren(...refused.map((one) => {
    const item = el("li", "fault");
    const holder = [...(logs.get(keyOf(one.space, one.task)) ?? [])].reverse().find((line) => line.verb === "take" || line.verb === "start");
    const known = ["taken", "role", "at", "no-space"].includes(one.refused) ? one.refused : "other";
    const what = `${one.code} · ${word("task." + one.task)} · ${word("tasks.verb." + one.verb)} ${clockTime(one.at, false)}`;
    const button = el("button", "", word("tasks.understood"));
    button.type = "button";
    button.addEventListener("click", () => taps.forget(one.id));
    item.append(el("p", "", `${word("tasks.refused")}: ${what}. ${word("tasks.refused." + known, { who: holder?.who ?? "–" })}`), button);
    return item;
  }));
}

// A task that was not there before: the phone buzzes, and sounds once somebody has touched the page.
function tellNew(all) {
  const keys = new Set(all.filter((view) => !view.isOver).map((view) => view.key + view.due));
  const isNew = known && [...keys].some((key) => !known.has(key));
  known = keys;
  if (!isNew) return;
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([200, 100, 200]);
  if (sound.isOn()) sound.chime();
}

function drawLink() {
  const feedState = feed ? feed.state() : isFrame ? "lost" : "live";
  const hubMs = hub ? Date.parse(hub.as_of) : null;
  const isHubSilent = hubMs === null || now() - hubMs > HUB_SILENT_MS;
  isLost = isFrame || feedState === "lost" || isHubSilent || !navigator.onLine;
  document.documentElement.classList.toggle("lost", isLost);
  $("lost").hidden = !isLost;
  if (!isLost) return;
  setText($("lost").firstElementChild, word("tasks.lost", { time: hubMs === null ? "–" : clockTime(hubMs) }));
  setText($("lost").lastElementChild, word("tasks.lost.do"));
}

// From then on nothing is kept on the phone either.
function signedOut(over) {
  isSignedOut = over;
  $("over").hidden = !isSignedOut && !isRefused;
}

function refused(is) {
  isRefused = is;
  signedOut(isSignedOut);
}

// For when the page is opened with nobody to ask.
function save(at) {
  if (isFrame || isSignedOut || isRefused || performance.now() - savedAt < SAVE_EVERY_MS) return;
  savedAt = performance.now();
  taps.save({ at, first: { ...first, opened: null, spaces: [...spaces.values()], alerts: [...alerts.values()], hub }, logs: [...logs] }).catch(() => {});
}

function go(where) {
  opened = where;
  history.pushState(where, "", where ? `/tasks/${encodeURIComponent(where.space)}/${encodeURIComponent(where.task)}` : "/tasks");
  scrollTo(0, 0);
  draw();
  (where ? $("one-title") : $("tabs").querySelector("[aria-pressed=true]")).focus({ preventScroll: true });
}

function second() {
  const at = now();
  if (opened) page.count(at);
  drawLink();
}

async function begin() {
  await taps.open();
  if (isFrame) {
    const saved = await taps.saved();
    first = saved?.first ?? { now: new Date().toISOString(), spaces: [], alerts: [], hub: null, errands: [], limits: {}, managing: [], reader: { name: "", may_act: false }, opened: null };
    logs = new Map(saved?.logs ?? []);
    const [, space, task] = /^\/tasks\/([^/]+)\/([^/]+)$/.exec(location.pathname) ?? [];
    first.opened = task ? { space: decodeURIComponent(space), task: decodeURIComponent(task) } : null;
    const skew = Number(localStorage.getItem(SKEW) ?? 0);
    hearTime(new Date(Date.now() + skew).toISOString());
  } else hear(first.now);
  opened = first.opened;
  history.replaceState(opened, "");
  if (!isFrame) takeErrands(first.errands);
  spaces = new Map(first.spaces.map((space) => [space.space, space]));
  alerts = new Map(first.alerts.map((alert) => [alert.id, alert]));
  takeHub(first.hub);
  draw();
  feed = new Feed({ snapshot: takeSnapshot, change: takeChange, time: hear, session: signedOut }, () => false);
  taps.send();
  document.documentElement.dataset.ready = "yes";
}

$("tabs").addEventListener("click", (event) => {
  const which = event.target.closest("button")?.dataset.tab;
  if (!which) return;
  shown = which;
  draw();
});
$("back").addEventListener("click", (event) => {
  event.preventDefault();
  go(null);
});
addEventListener("popstate", (event) => {
  opened = event.state ?? null;
  draw();
});
for (const name of ["online", "offline"]) addEventListener(name, drawLink);
document.addEventListener("pointerdown", () => sound.unlock().catch(() => {}), { once: true });
// Only https (and this machine itself) has one; all works without.
navigator.serviceWorker?.register("/worker.js").catch(() => {});
begin();
setInterval(second, 1000);
setInterval(draw, 10000);
