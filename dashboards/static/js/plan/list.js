// The floor in words: the same rooms as links, the worst first.

import { byCode } from "../fold.js";
import { el, setShape, setText, shape } from "../shapes.js";
import { word } from "../words.js";
import { countOf, doorSays, honestLook } from "./floor.js";
import { keyOf, rankOf } from "./tabs.js";

export class FloorList {
  #items = new Map();
  #order = "";

  constructor(root, language) {
    this.root = root;
    this.language = language;
  }

  draw(now, key) {
    const rows = [...now.spaces.values()].filter((space) => keyOf(space) === key).map((space) => ({ space, look: honestLook(space, now) }));
    rows.sort((a, b) => rankOf(a.look) - rankOf(b.look) || byCode(a.space, b.space));
    for (const { space, look } of rows) this.#fill(this.#item(space), space, look, now.doors);
    const order = rows.map(({ space }) => space.space).join();
    // A list that is being read by keyboard is not reordered under the reader.
    const isRead = this.root.contains(document.activeElement) && rows.length === this.root.children.length;
    if (order === this.#order || (isRead && rows.every(({ space }) => this.#order.split(",").includes(space.space)))) return;
    this.#order = order;
    this.root.replaceChildren(...rows.map(({ space }) => this.#items.get(space.space).root));
  }

  #item(space) {
    const known = this.#items.get(space.space);
    if (known) return known;
    const item = { root: el("li"), link: el("a", "", space.code), name: el("span"), n: el("span", "n"), says: el("span", "says"), shape: shape(), label: el("span"), doors: el("span", "doors") };
    item.link.href = "/space/" + encodeURIComponent(space.space);
    item.link.append(item.name);
    item.says.append(item.shape, item.label);
    item.root.append(item.link, item.n, item.says, item.doors);
    this.#items.set(space.space, item);
    return item;
  }

  #fill(item, space, look, doors) {
    setText(item.name, space.names[this.language] ?? "");
    setText(item.n, countOf(space, look));
    const style = `says ${look.style}`;
    if (item.says.className !== style) item.says.className = style;
    item.shape.toggleAttribute("hidden", !look.shape);
    if (look.shape) setShape(item.shape, look.shape);
    setText(item.label, look.label || word("map.normal"));
    const own = [...doors.values()].filter((door) => door.joins.includes(space.space) && (door.state === "off" || door.ins));
    setText(item.doors, own.map((door) => doorSays(door.door, door)).join(" · "));
  }
}
