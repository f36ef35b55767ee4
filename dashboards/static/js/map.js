// The page of the map: feed in, floors out. Start here.

import { Alarms } from "./alarms.js";
import { Feed } from "./feed.js";
import { FloorList } from "./plan/list.js";
import { titleOf } from "./plan/tabs.js";
import { MapView } from "./plan/view.js";
import { setText } from "./shapes.js";
import { clockTime, hearOffset, hearTime, now } from "./time.js";
import { useWords, word } from "./words.js";

const HUB_SILENT_MS = 12000;
const $ = (id) => document.getElementById(id);
const data = (id) => JSON.parse($(id).textContent);
const language = document.documentElement.lang;

useWords(data("words"));
const first = data("state");
const reader = data("reader");
const alarms = new Alarms();
const list = new FloorList($("list"), language);
const view = new MapView($("map"), data("told"), language, { ...reader, hasList: true, onPinned: pinned });
let spaces = new Map();
let nodes = new Map();
let hub = null;
let feed = null;

view.onDrawn = (shown) => {
  const floor = view.shown();
  if (!floor) return;
  setText($("list-floor"), titleOf(floor, language));
  list.draw(shown, view.tabs.shown);
};

// The address says which floor is pinned: it can be kept and sent.
function pinned(key) {
  history.replaceState(null, "", key === null ? "/map" : "/map/" + key);
}

function takeSnapshot(state) {
  if (state.build !== first.build) return location.reload();
  spaces = new Map(state.spaces.map((space) => [space.space, space]));
  nodes = new Map(state.nodes.map((node) => [node.node, node]));
  alarms.replace(state.alerts);
  hub = state.hub;
  draw();
}

function takeChange(part) {
  for (const space of part.spaces ?? []) spaces.set(space.space, space);
  for (const node of part.nodes ?? []) nodes.set(node.node, node);
  for (const alarm of part.alerts ?? []) alarms.put(alarm);
  for (const [kind, key] of part.gone ?? []) {
    if (kind === "space") spaces.delete(key);
    if (kind === "alert") alarms.remove(key);
    if (kind === "node") nodes.delete(key);
  }
  if (part.hub) hub = part.hub;
  draw();
}

function draw() {
  if (hub) hearOffset(hub.utc_offset_min);
  const state = feed ? feed.state() : "live";
  const isHubSilent = hub === null || now() - Date.parse(hub.as_of) > HUB_SILENT_MS;
  const isLost = state === "lost" || isHubSilent;
  document.documentElement.classList.toggle("lost", isLost);
  $("lost").hidden = !isLost;
  if (isLost) setText($("lost"), `${word("board.lost", { time: hub ? clockTime(Date.parse(hub.as_of)) : "–" })} ${word(state === "lost" ? "board.lost.feed" : "board.lost.hub")}`);
  view.draw({ spaces, alarms, nodes, isLost });
}

hearTime(first.now);
takeSnapshot(first);
const told = { snapshot: takeSnapshot, change: takeChange, time: hearTime, session: (isOver) => isOver && location.reload() };
feed = new Feed(told, () => false);
setInterval(draw, 1000);
