// Tabs, drawing and a word about floors nobody has drawn, put together: for the page of the map and for the board.

import { el, setText } from "../shapes.js";
import { word } from "../words.js";
import { FloorDrawing } from "./floor.js";
import { keyOf, Tabs, titleOf } from "./tabs.js";

const ASK_MS = 20000;

export class MapView {
  #now = null;
  #mark = "";

  // told: { floors, doors, mark } as the server gives them; choices: { pinned, draws, hasList, onPinned }
  constructor(root, told, language, choices) {
    Object.assign(this, { root, language, choices });
    this.#build(told, choices.pinned);
    setInterval(() => this.#ask(), ASK_MS);
  }

  #build(told, pinned) {
    this.#mark = told.mark;
    this.floors = new Map(told.floors.map((floor) => [keyOf(floor), floor]));
    this.#hearDoors(told.doors);
    const map = el("div", "map");
    this.plain = el("p", "plain");
    const sheet = el("div", "sheet");
    this.tabs = new Tabs(map, told.floors, this.language, pinned, () => this.#now && this.#lay());
    this.tabs.onPinned = this.choices.onPinned;
    // What the reader asked for is shown at once, not with the next picture of the feed.
    this.tabs.onTouched = () => this.#now && this.draw(this.#now);
    map.append(this.plain, sheet);
    this.root.replaceChildren(map);
    this.drawing = new FloorDrawing(sheet);
    this.laid = null;
  }

  // now: { spaces, alarms, nodes, isLost }
  draw(now) {
    this.#now = { ...now, doors: this.#heard(now) };
    this.tabs.draw(this.#now);
    // A floor that was pressed before there was anything to draw.
    if (this.tabs.shown !== null && this.laid !== this.tabs.shown) this.#lay();
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

  #lay() {
    const key = (this.laid = this.tabs.shown);
    const floor = this.floors.get(key);
    const missing = [...this.#now.spaces.values()].filter((space) => keyOf(space) === key).length - floor.rooms.length;
    setText(this.plain, floor.is_plain ? word("map.plain") : missing > 0 ? word(this.choices.hasList ? "map.missing" : "map.missing.board", { n: missing }) : "");
    if (this.plain.textContent && this.choices.draws) {
      const link = el("a", "", word("map.draw"));
      link.href = "/admin/plans/" + key;
      this.plain.append(" ", link);
    }
    this.drawing.lay(floor, this.#now.spaces, titleOf(floor, this.language));
  }

  #hearDoors(doors) {
    this.doors = new Map(doors.map((door) => [door.door, door]));
  }

  // Doors are not in the feed; neither is that somebody has drawn a floor otherwise.
  async #ask() {
    if (document.hidden) return;
    try {
      const told = await asked("/map/doors");
      this.#hearDoors(told.doors);
      if (told.mark !== this.#mark) {
        const shown = this.tabs.shown;
        this.#build(await asked("/map/floors"), this.tabs.pinned);
        this.tabs.first = shown;
      }
    } catch {
      // The feed tells the reader when the server is gone.
    }
    if (this.#now) this.draw(this.#now);
  }
}

async function asked(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.json();
}
