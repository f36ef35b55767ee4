// Tabs, drawing and a word about floors nobody has drawn, put together: for the page of the map and for the board.

import { el, setText } from "../shapes.js";
import { word } from "../words.js";
import { FloorDrawing } from "./floor.js";
import { keyOf, Tabs, titleOf } from "./tabs.js";

const DOORS_MS = 20000;

export class MapView {
  #now = null;

  constructor(root, floors, doors, language, { pinned, draws, hasList = true }) {
    this.floors = new Map(floors.map((floor) => [keyOf(floor), floor]));
    this.doors = new Map(doors.map((door) => [door.door, door]));
    this.language = language;
    const map = el("div", "map");
    this.plain = el("p", "plain");
    const sheet = el("div", "sheet");
    this.tabs = new Tabs(map, floors, language, pinned, (key) => this.#lay(key));
    map.append(this.plain, sheet);
    root.replaceChildren(map);
    this.drawing = new FloorDrawing(sheet);
    this.draws = draws;
    this.hasList = hasList;
    setInterval(() => this.#askDoors(), DOORS_MS);
  }

  // now: { spaces, alarms, nodes, isLost }
  draw(now) {
    this.#now = { ...now, doors: this.#heard(now) };
    this.tabs.draw(this.#now);
    this.drawing.fill(this.#now);
    this.onDrawn?.(this.#now);
  }

  shown() {
    return this.floors.get(this.tabs.shown) ?? null;
  }

  // A node that falls silent takes its doors with it at once, before anybody asks for the doors again.
  #heard(now) {
    const states = [...this.doors].map(([key, door]) => {
      const node = now.nodes.get(door.node);
      return [key, node && node.state !== "online" ? { ...door, state: "off" } : door];
    });
    return new Map(states);
  }

  #lay(key) {
    const floor = this.floors.get(key);
    const missing = [...this.#now.spaces.values()].filter((space) => keyOf(space) === key).length - floor.rooms.length;
    setText(this.plain, floor.is_plain ? word("map.plain") : missing > 0 ? word(this.hasList ? "map.missing" : "map.missing.board", { n: missing }) : "");
    if (this.plain.textContent && this.draws) {
      const link = el("a", "", word("map.draw"));
      link.href = "/admin/plans/" + key;
      this.plain.append(" ", link);
    }
    this.drawing.lay(floor, this.#now.spaces, titleOf(floor, this.language));
  }

  async #askDoors() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/map/doors", { signal: AbortSignal.timeout(5000) });
      if (answer.ok && !answer.redirected) this.doors = new Map((await answer.json()).map((door) => [door.door, door]));
    } catch {
      // The feed tells the reader when the server is gone.
    }
    if (this.#now) this.draw(this.#now);
  }
}
