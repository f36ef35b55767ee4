// The rooms: one tile each, by building and floor. Tiles never move; only what is in them changes.

import { byCode, fold } from "./fold.js";
import { el, setClass, setShape, setText, shape } from "./shapes.js";
import { clockTime, now } from "./time.js";
import { age, clauseOf, knows, orCode, word } from "./words.js";

const TASKS = ["air_disinfection", "airing", "equipment", "surfaces"];
// States of a task that ask for nothing.
const SETTLED = ["none", "done"];

export class Campus {
  #tiles = new Map();
  #layout = "";

  constructor(root, language) {
    this.root = root;
    this.language = language;
    this.show = "all";
    this.find = "";
  }

  // How many rooms are not normal.
  draw(spaces, alarms) {
    const layout = spaces.map((space) => [space.space, space.code, space.building, space.floor].join()).join(";");
    if (layout !== this.#layout) this.#lay(spaces);
    this.#layout = layout;
    let abnormal = 0;
    let shown = 0;
    for (const space of spaces) {
      const tile = this.#tiles.get(space.space);
      const look = lookOf(space, alarms.ofSpace(space.space));
      if (look.isAbnormal) abnormal += 1;
      if (this.#fill(tile, space, look)) shown += 1;
    }
    this.none.hidden = shown > 0 || spaces.length === 0;
    return abnormal;
  }

  #lay(spaces) {
    this.#tiles.clear();
    this.root.replaceChildren();
    this.none = el("p", "none", word("board.nothing"));
    this.root.append(this.none);
    if (spaces.length === 0) this.root.append(el("p", "", word("board.empty")));
    for (const building of unique(spaces.map((space) => space.building)).sort()) {
      const column = el("div", "building");
      const own = spaces.filter((space) => space.building === building);
      for (const floor of unique(own.map((space) => space.floor)).sort((a, b) => a - b)) {
        const rooms = own.filter((space) => space.floor === floor).sort(byCode);
        const section = el("section", "floor");
        const title = [building.toUpperCase(), word("board.floor", { n: floor })].join(" · ");
        section.append(el("h3", "", title), this.#tilesOf(rooms));
        column.append(section);
      }
      this.root.append(column);
    }
  }

  #tilesOf(rooms) {
    const list = el("ul", "tiles");
    for (const room of rooms) {
      const tile = {
        root: el("li"), shape: shape(), code: el("a", "code", room.code), count: el("span", "count"),
        n: el("span", "n"), cap: el("span", "cap"), meter: el("span", "meter"), fill: el("i"), label: el("span", "label"),
      };
      tile.root.dataset.space = room.space;
      tile.code.href = `/space/${encodeURIComponent(room.space)}`;
      tile.count.append(tile.n, tile.cap);
      tile.meter.append(tile.fill);
      tile.root.append(tile.code, tile.shape, tile.count, tile.meter, tile.label);
      list.append(tile.root);
      this.#tiles.set(room.space, tile);
    }
    return list;
  }

  // Whether the tile is shown.
  #fill(tile, space, look) {
    const names = space.names[this.language] ?? "";
    // Who looks for a room wants it whatever state it is in.
    const isAway =
      this.find === "" ? this.show === "abnormal" && !look.isAbnormal : !fold(`${space.code} ${names}`).includes(this.find);
    setClass(tile.root, `tile ${look.style}${isAway ? " away" : ""}`);
    tile.shape.toggleAttribute("hidden", !look.shape);
    if (look.shape) setShape(tile.shape, look.shape);
    const n = look.isKnown ? String(space.occupancy) : "–";
    setText(tile.n, n);
    // Nobody may go in: the time says more than the number of places.
    const until = untilOf(space);
    const cap = space.state === "treatment" && until ? ` · ${until}` : space.capacity === null ? "" : `/${space.capacity}`;
    setText(tile.cap, cap);
    const share = look.isKnown && space.capacity ? Math.min(1, space.occupancy / space.capacity) : 0;
    const scale = `scaleX(${share.toFixed(3)})`;
    if (tile.fill.style.transform !== scale) tile.fill.style.transform = scale;
    setText(tile.label, look.label);
    const band = look.isKnown && space.capacity !== null
      ? word("board.band", { n, low: space.low ?? n, high: space.high ?? n, cap: space.capacity }) : look.label;
    const title = [
      [space.code, names, band].filter(Boolean).join(" · "),
      [orCode("reason", space.reason), until && word("board.until", { time: until }), clauseOf(space.clause)].filter(Boolean).join(" · "),
      ...space.tasks.filter((task) => !SETTLED.includes(task.state)).map(taskLine),
    ].filter(Boolean).join("\n");
    if (tile.root.title !== title) tile.root.title = title;
    return !isAway;
  }
}

// What a tile says: its style, shape, short label. The worst wins.
export function lookOf(space, alarm) {
  const isKnown = space.state !== "unknown" && space.occupancy !== null;
  const look = (style, shapeName, label, isAbnormal = true) => ({ style, shape: shapeName, label, isAbnormal, isKnown });
  const taken = alarm?.taken ? " taken" : "";
  if (isKnown && space.reason === "over-capacity") return look("p1" + taken, "p1", word("tile.over-capacity"));
  if (!isKnown) return look("unknown", "unknown", whyUnknown(space));
  if (alarm) return look(`p${alarm.priority}${taken}`, `p${alarm.priority}`, word("tile." + alarm.rule));
  if (space.state === "due") return look("p3", "p3", missing(space) || known(space.reason) || word("tile.due"));
  if (space.state === "full") return look("full", "p1", word("tile.full"));
  if (space.state === "hold") return look("hold", "hold", word("tile.hold"));
  if (space.state === "closed") return look("closed", "closed", known(space.reason) || word("tile.closed"), false);
  if (space.state === "treatment") {
    return look("treatment", "treatment", missing(space) || known(space.reason) || word("tile.treatment"), false);
  }
  if (space.state === "near") return look("near", "", word("tile.near", { n: space.free ?? "" }), false);
  if (space.state === "open") return look("", "", "", false);
  return look("unknown", "unknown", space.state); // a state this board has not learned
}

// What is missing, in twelve letters: the one task, or the first two.
function missing(space) {
  const open = space.tasks.filter((task) => !SETTLED.includes(task.state) && TASKS.includes(task.task));
  if (open.length === 0) return "";
  if (open.length === 1) return word(`tile.${open[0].state === "started" ? "doing" : "due"}.${open[0].task}`);
  const rest = open.length > 2 ? String(open.length - 1) : word("tile.part." + open[1].task);
  return `${word("tile.part." + open[0].task)}+${rest}`;
}

function known(reason) {
  return reason !== "treatment" && reason !== "due" && knows("tile." + reason) ? word("tile." + reason) : "";
}

function taskLine(task) {
  const due = task.due && word("board.until", { time: clockTime(Date.parse(task.due), false) });
  return [orCode("task", task.task), orCode("task", "state." + task.state), due].filter(Boolean).join(" · ");
}

function untilOf(space) {
  return space.until ? clockTime(Date.parse(space.until), false) : "";
}

// The row's `as_of` says since when the room has been so.
function whyUnknown(space) {
  const sinceMs = now() - Date.parse(space.as_of);
  if (space.reason === "silent-node" && sinceMs >= 60000) return word("tile.old", { age: age(sinceMs) });
  return knows("tile." + space.reason) ? word("tile." + space.reason) : space.reason || word("tile.unknown");
}

function unique(list) {
  return [...new Set(list)];
}
