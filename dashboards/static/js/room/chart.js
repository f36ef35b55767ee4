// The last day of a room: a step line with its band, the line of its capacity, and gaps that stay gaps.

import { clockTime } from "../time.js";

const HIGH = 220; // The legend stands below it.
const TICK = "#aab0b5";
const INK = "#1d2327";
const BAND = "rgba(91, 101, 109, .28)";
let plot = null;
let isWatched = false;

export async function drawChart(root, space) {
  let past;
  try {
    const answer = await fetch(`/api/1/history?space=${encodeURIComponent(space)}`, { signal: AbortSignal.timeout(8000) });
    if (!answer.ok) return;
    past = await answer.json();
  } catch {
    return; // The next minute asks again.
  }
  const columns = [past.times, past.low, past.high, past.count, past.capacity];
  if (plot) plot.destroy();
  plot = new window.uPlot(options(root, past), columns, root);
  if (!isWatched) {
    isWatched = true;
    new ResizeObserver(() => plot.setSize(sizeOf(root))).observe(root);
  }
}

function sizeOf(root) {
  return { width: root.clientWidth, height: HIGH };
}

function options(root, past) {
  const words = root.dataset;
  const stepped = window.uPlot.paths.stepped({ align: 1 });
  const said = (u, value) => (value === null || value === undefined ? "–" : String(value));
  const line = (label, more) => ({ label, paths: stepped, points: { show: false }, value: said, ...more });
  const most = Math.max(1, ...past.high.filter((n) => n !== null), ...past.capacity.filter((n) => n !== null));
  return {
    ...sizeOf(root),
    scales: { x: { time: true, min: past.from, max: past.to, range: [past.from, past.to] }, y: { range: [0, Math.ceil(most * 1.1)] } },
    cursor: { drag: { x: false, y: false } },
    axes: [
      { stroke: INK, grid: { stroke: TICK, width: 1 }, ticks: { stroke: TICK }, values: (u, splits) => splits.map((s) => clockTime(s * 1000, false)) },
      { stroke: INK, grid: { stroke: TICK, width: 1 }, ticks: { stroke: TICK }, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
    ],
    series: [
      { label: words.time, value: (u, s) => (s === null || s === undefined ? "–" : clockTime(s * 1000, false)) },
      line(words.low, { stroke: "transparent" }),
      line(words.high, { stroke: "transparent" }),
      line(words.count, { stroke: INK, width: 2 }),
      line(words.cap, { stroke: INK, width: 1, dash: [6, 4] }),
    ],
    bands: [{ series: [2, 1], fill: BAND }],
  };
}
