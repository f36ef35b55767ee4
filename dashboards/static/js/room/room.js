// A room's page: what the feed says of this room is asked for anew as the page itself words it. Start here.

import { Feed } from "../feed.js";
import { hearOffset } from "../time.js";
import { drawChart } from "./chart.js";
import { useSteppers } from "./stepper.js";

const HUB_SILENT_MS = 12000;
const LEAST_MS = 1000; // Between two pages asked for.
const AGES_MS = 20000; // Ages grow by themselves.
const PAST_MS = 60000; // The record is written by the minute.

const space = document.getElementById("now").dataset.space;
const lost = document.getElementById("lost");
const chart = document.getElementById("chart");
let nodes = new Set();
let askedAt = performance.now();
let waiting = null;
let hubAt = 0;
let serverAt = 0;
let heardAt = performance.now();
let wasLive = true;

hearOffset(Number(chart.dataset.offset));
useSteppers(document);
drawChart(chart, space);
setInterval(() => drawChart(chart, space), PAST_MS);
setInterval(() => want(), AGES_MS);
setInterval(() => look(), 1000);

const feed = new Feed({ snapshot, change, time: hearServer, session: (isOver) => isOver && location.reload() }, () => false);

function snapshot(state) {
  hearHub(state.hub);
  want();
}

function change(part) {
  if (part.hub) hearHub(part.hub);
  const isOurs =
    (part.spaces ?? []).some((one) => one.space === space) ||
    (part.alerts ?? []).some((one) => one.space === space) ||
    (part.nodes ?? []).some((one) => nodes.has(one.node)) ||
    (part.gone ?? []).some(([kind]) => kind === "alert" || kind === "space");
  if (isOurs) want();
}

function hearServer(iso) {
  serverAt = Date.parse(iso);
  heardAt = performance.now();
}

function hearHub(row) {
  hubAt = row ? Date.parse(row.as_of) : 0;
}

// One page a second at most; the last wish is never forgotten.
function want() {
  if (waiting !== null || document.hidden) return;
  const left = Math.max(0, askedAt + LEAST_MS - performance.now());
  waiting = setTimeout(() => {
    waiting = null;
    askedAt = performance.now();
    ask();
  }, left);
}

async function ask() {
  try {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(5000) });
    if (answer.redirected) return location.reload();
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The feed says it when it lasts.
  }
}

// What somebody has opened stays open, and the focus stays where it was; forms are not touched.
function take(page) {
  for (const id of ["now", "past", "rest"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!fresh || old.innerHTML === fresh.innerHTML || old.contains(document.activeElement)) continue;
    const open = [...old.querySelectorAll("details[open]")].map((one) => one.id);
    old.replaceChildren(...fresh.childNodes);
    for (const one of open) document.getElementById(one)?.setAttribute("open", "");
  }
}

function look() {
  const isHubSilent = hubAt > 0 && serverAt + (performance.now() - heardAt) - hubAt > HUB_SILENT_MS;
  const isLost = feed.state() === "lost";
  lost.hidden = !isLost;
  document.body.classList.toggle("is-lost", isLost);
  if (isHubSilent === wasLive) want();
  wasLive = !isHubSilent;
}

document.addEventListener("visibilitychange", () => want());
