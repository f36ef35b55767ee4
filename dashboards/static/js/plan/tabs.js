// The floors as links, each with its worst room; and which floor is shown: the pinned one, else that of the newest alarm.

import { isWaiting } from "../alarms.js";
import { el, setShape, setText, shape } from "../shapes.js";
import { word } from "../words.js";
import { honestLook } from "./floor.js";

const ORDER = ["p1", "p2", "unknown", "full", "p3", "hold", "near", "treatment", "closed"];

// 0 is worst; what somebody has is a little better.
export function rankOf(look) {
  const place = ORDER.findIndex((one) => look.style.split(" ")[0] === one);
  return (place < 0 ? ORDER.length : place) + (look.style.includes("taken") ? 0.5 : 0);
}

export function keyOf(place) {
  return `${place.building}/${place.floor}`;
}

export function titleOf(floor, language) {
  return `${floor.names[language] || floor.building.toUpperCase()} · ${word("board.floor", { n: floor.floor })}`;
}

export class Tabs {
  #tabs = new Map();
  #seen = ""; // the alarm that last led to its floor

  // onChosen(key): another floor is to be shown.
  constructor(root, floors, language, pinned, onChosen) {
    this.floors = floors;
    this.pinned = pinned;
    this.shown = null;
    this.first = null; // shown at first; without one the worst floor is
    this.onChosen = onChosen;
    this.follow = el("button", "", word("map.follow"));
    this.follow.type = "button";
    this.follow.addEventListener("click", () => this.#pin(this.pinned === null ? this.shown : null));
    const nav = el("nav", "floors");
    nav.setAttribute("aria-label", word("map.floors"));
    for (const building of [...new Set(floors.map((floor) => floor.building))]) {
      const own = floors.filter((floor) => floor.building === building);
      const list = el("ul");
      list.append(el("li", "house", own[0].names[language] || building.toUpperCase()));
      for (const floor of own) list.append(this.#tab(floor));
      nav.append(list);
    }
    nav.append(this.follow);
    root.append(nav);
  }

  #tab(floor) {
    const key = keyOf(floor);
    const tab = { link: el("a"), name: el("span", "", `${floor.building.toUpperCase()}·${floor.floor}`), mark: el("span", "mark"), shape: shape(), label: el("span") };
    tab.link.href = "/map/" + key;
    tab.link.dataset.floor = key;
    tab.mark.append(tab.shape, tab.label);
    tab.link.append(tab.name, tab.mark);
    tab.link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#show(key);
      this.#pin(key);
    });
    this.#tabs.set(key, tab);
    const item = el("li");
    item.append(tab.link);
    return item;
  }

  draw(now) {
    const worst = new Map();
    for (const space of now.spaces.values()) {
      const look = honestLook(space, now);
      const key = keyOf(space);
      const one = worst.get(key);
      if (!one || rankOf(look) < rankOf(one)) worst.set(key, look);
    }
    for (const [key, tab] of this.#tabs) {
      const look = worst.get(key);
      tab.mark.hidden = !look?.isAbnormal;
      if (!look?.isAbnormal) continue;
      if (tab.mark.className !== "mark " + look.style) tab.mark.className = "mark " + look.style;
      if (look.shape) setShape(tab.shape, look.shape);
      setText(tab.label, look.label);
    }
    this.#choose(now, worst);
    this.follow.setAttribute("aria-pressed", String(this.pinned === null));
  }

  #choose(now, worst) {
    if (this.pinned !== null && this.#tabs.has(this.pinned)) return this.#show(this.pinned);
    const loud = now.alarms.cards().filter((card) => card.priority === 1 && isWaiting(card) && !card.is_drill && now.spaces.has(card.space));
    loud.sort((a, b) => Date.parse(b.fired_at ?? b.since) - Date.parse(a.fired_at ?? a.since));
    if (loud.length > 0 && loud[0].id !== this.#seen) {
      this.#seen = loud[0].id;
      return this.#show(keyOf(now.spaces.get(loud[0].space)));
    }
    if (this.shown !== null && this.#tabs.has(this.shown)) return;
    const keys = [...this.#tabs.keys()];
    const rank = (key) => (worst.has(key) ? rankOf(worst.get(key)) : Infinity);
    if (this.#tabs.has(this.first)) this.#show(this.first);
    else if (keys.length > 0) this.#show(keys.reduce((a, b) => (rank(b) < rank(a) ? b : a)));
  }

  #show(key) {
    if (this.shown === key || !this.#tabs.has(key)) return;
    this.#tabs.get(this.shown)?.link.removeAttribute("aria-current");
    this.#tabs.get(key).link.setAttribute("aria-current", "true");
    this.shown = key;
    this.onChosen(key);
  }

  // Whoever pins a floor stays there; without a pin the newest alarm is shown.
  #pin(key) {
    this.pinned = key;
    if (key === null) this.#seen = "";
    this.onPinned?.(key);
    this.onTouched?.();
  }
}
