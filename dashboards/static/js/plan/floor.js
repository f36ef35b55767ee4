// One floor as a drawing: rooms are links, and their class is their state. Laid once, then only touched where it differs.

import { lookOf } from "../campus.js";
import { clockTime } from "../time.js";
import { word } from "../words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 1000;
const LARGEST_PX = 19;
const LEAST_PX = 9; // Smaller words are left to the list.
const DOOR_PX = 9;
const LETTER = 0.64; // Width of a letter, share of its height.
const GLYPHS = { ok: "M-5 -2 h10 l-3 -3 M5 2 h-10 l3 3", off: "M-4 -4 l8 8 M4 -4 l-8 8", unknown: "M-4 0 h8" };

export function make(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// "M0 0L10 0Z" of corners in shares.
export function pathOf(points, high) {
  return `M${points.map(([x, y]) => `${(x * WIDE).toFixed(1)} ${(y * high).toFixed(1)}`).join("L")}Z`;
}

export class FloorDrawing {
  #rooms = new Map();
  #doors = new Map();
  #scale = 1;
  #last = null;

  constructor(root) {
    this.root = root;
    new ResizeObserver(() => this.#measure()).observe(root);
  }

  lay(floor, spaces, title) {
    this.#rooms.clear();
    this.#doors.clear();
    this.high = WIDE / floor.aspect;
    this.svg = make("svg", { class: "floor", viewBox: `0 0 ${WIDE} ${this.high.toFixed(1)}`, role: "group", "aria-label": title });
    const hatch = make("pattern", { id: "m-hatch", width: 10, height: 10, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    hatch.append(make("rect", { class: "m-a", width: 10, height: 10 }), make("rect", { class: "m-b", width: 3, height: 10 }));
    this.svg.append(make("defs", {}, hatch));
    if (floor.picture) {
      this.svg.append(make("image", { href: "/map/picture/" + floor.picture, width: WIDE, height: this.high.toFixed(1), preserveAspectRatio: "none" }));
    }
    for (const place of floor.rooms) if (spaces.has(place.space)) this.svg.append(this.#room(place));
    for (const place of floor.doors) this.svg.append(this.#door(place));
    this.root.replaceChildren(this.svg);
    this.#measure();
  }

  #room(place) {
    const id = "m-" + place.space;
    const room = {
      place,
      root: make("a", { href: "/space/" + encodeURIComponent(place.space), "aria-labelledby": `${id}-c ${id}-n ${id}-l`, "data-space": place.space }),
      use: make("use"), text: make("text"), code: make("tspan", { id: id + "-c", class: "code" }),
      n: make("tspan", { id: id + "-n", class: "n" }), label: make("tspan", { id: id + "-l", class: "label" }),
    };
    // Spaces of no width: the words are apart for whoever hears them, and stand in the middle for whoever sees them.
    const gap = () => make("tspan", { "font-size": 0 }, " ");
    room.text.append(room.code, gap(), room.n, gap(), room.label);
    room.root.append(make("path", { class: "ground", d: pathOf(place.points, this.high) }), room.use, room.text);
    this.#rooms.set(place.space, room);
    return room.root;
  }

  #door(place) {
    const door = { place, root: make("g", { "aria-hidden": "true", "data-door": place.door }), glyph: make("path"), text: make("text", { y: 21, "font-size": 12 }), title: make("title") };
    door.root.append(door.title, make("circle", { r: DOOR_PX }), door.glyph, door.text);
    this.#doors.set(place.door, door);
    return door.root;
  }

  // What it shows now; nothing is known while the feed or the hub is lost.
  fill(now) {
    this.#last = now;
    if (!this.svg) return;
    for (const [key, room] of this.#rooms) {
      const space = now.spaces.get(key);
      if (space) this.#fillRoom(room, space, honestLook(space, now));
    }
    for (const [key, door] of this.#doors) this.#fillDoor(door, now.isLost ? { state: "unknown" } : now.doors.get(key) ?? { state: "unknown" });
  }

  #fillRoom(room, space, look) {
    const style = `rm ${look.style}`.trim();
    if (room.root.getAttribute("class") !== style) room.root.setAttribute("class", style);
    const words = [space.code, countOf(space, look), look.label];
    const shown = words.join("|") + look.shape + this.#scale.toFixed(3);
    if (room.shown === shown) return;
    room.shown = shown;
    const { at, wide, high } = room.place;
    const [across, down] = [wide * WIDE * this.#scale - 12, high * this.high * this.#scale - 8]; // pixels
    const signs = look.shape ? 1.6 : 0;
    const fits = (lines) => {
      const longest = Math.max(lines[0].length + signs, ...lines.slice(1).map((line) => line.length));
      return Math.min(LARGEST_PX, across / (longest * LETTER), down / (lines.length * 1.25));
    };
    // As many lines as are readable; the link has all of its words in any case.
    const two = words.slice(0, 2);
    const lines = look.label && fits(words) >= LEAST_PX + 1 ? 3 : fits(two) >= LEAST_PX ? 2 : fits([words[1]]) >= LEAST_PX ? 1 : 0;
    const px = fits(lines === 3 ? words : lines === 2 ? two : [words[1]]);
    const size = (lines ? px : 10) / this.#scale;
    const [x, y] = [at[0] * WIDE, at[1] * this.high];
    room.text.setAttribute("font-size", size.toFixed(2));
    const top = y - ((lines - 1) / 2) * size * 1.2 + size * 0.35;
    // The shape stands before the first line.
    const shift = look.shape ? size * 0.6 : 0;
    put(room.code, words[0], lines >= 2, x + shift, top);
    put(room.n, words[1], lines >= 1, x + (lines === 1 ? shift : 0), lines === 1 ? top : top + size * 1.2);
    put(room.label, look.label, lines === 3, x, top + size * 2.4);
    room.use.setAttribute("display", look.shape ? "inline" : "none");
    room.use.setAttribute("href", "#s-" + look.shape);
    const first = lines === 1 ? words[1] : words[0];
    const left = lines ? x - (first.length * LETTER * size) / 2 - size * 0.55 : x - size / 2;
    for (const [name, value] of [["x", left], ["y", lines ? top - size * 0.85 : y - size / 2], ["width", size], ["height", size]]) room.use.setAttribute(name, value.toFixed(1));
  }

  #fillDoor(door, now) {
    const [x, y] = [door.place.at[0] * WIDE, door.place.at[1] * this.high];
    const transform = `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${(1 / this.#scale).toFixed(3)})`;
    const passed = now.state === "ok" && now.ins !== null && now.ins !== undefined && now.ins + now.outs > 0 ? `+${now.ins} −${now.outs}` : "";
    for (const [name, value] of [["class", "dr " + now.state], ["transform", transform]]) {
      if (door.root.getAttribute(name) !== value) door.root.setAttribute(name, value);
    }
    if (door.glyph.getAttribute("d") !== GLYPHS[now.state]) door.glyph.setAttribute("d", GLYPHS[now.state]);
    if (door.text.textContent !== passed) door.text.textContent = passed;
    const says = doorSays(door.place.door, now);
    if (door.title.textContent !== says) door.title.textContent = says;
  }

  #measure() {
    if (!this.svg) return;
    const box = this.svg.getBoundingClientRect();
    const scale = Math.min(box.width / WIDE, box.height / this.high);
    if (scale > 0 && scale !== this.#scale) {
      this.#scale = scale;
      if (this.#last) this.fill(this.#last);
    }
  }
}

// The look of a tile; nothing while it is not live.
export function honestLook(space, now) {
  if (!now.isLost) return lookOf(space, now.alarms.ofSpace(space.space));
  return { style: "unknown", shape: "unknown", label: word("tile.unknown"), isAbnormal: true, isKnown: false };
}

export function countOf(space, look) {
  if (look.isKnown && space.state === "treatment" && space.until) return `${space.occupancy} · ${clockTime(Date.parse(space.until), false)}`;
  return (look.isKnown ? space.occupancy : "–") + (space.capacity === null ? "" : `/${space.capacity}`);
}

export function doorSays(name, now) {
  if (now.state === "ok" && now.ins !== null && now.ins !== undefined) return word("map.door.passed", { door: name, ins: now.ins, outs: now.outs });
  return word("map.door." + now.state, { door: name });
}

// A line of words; one that has no room is still read aloud.
function put(line, text, isShown, x, y) {
  if (line.textContent !== text) line.textContent = text;
  line.setAttribute("x", x.toFixed(1));
  line.setAttribute("y", y.toFixed(1));
  line.setAttribute("fill-opacity", isShown ? 1 : 0);
  line.setAttribute("stroke-opacity", isShown ? 1 : 0);
}
