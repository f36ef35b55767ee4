// The sheet one draws upon, with mouse, finger, pen or keys: tells what was drawn, chosen and moved. Knows no server.

import { boxOf, rectangle } from "./draft.js";
import { make, pathOf } from "./floor.js";

const WIDE = 1000;
const STEP = 0.005;
const SLIP = 0.01; // A shorter drag is a click.
const NEAR_PX = 16; // A press so near the first corner closes a polygon.

export class Canvas {
  #shapes = new Map();
  #corners = [];
  #open = []; // corners of the polygon being drawn

  // told: { drawn(points), door(at), chosen(shape), fit(shape, box), points(shape, points), removed(shape) }
  constructor(root, aspect, picture, name, told) {
    this.told = told;
    this.tool = "select";
    this.high = WIDE / aspect;
    this.svg = make("svg", { viewBox: `0 0 ${WIDE} ${this.high.toFixed(1)}`, role: "group", "aria-label": name });
    if (picture) this.svg.append(make("image", { href: picture, width: WIDE, height: this.high.toFixed(1), preserveAspectRatio: "none" }));
    this.layer = make("g");
    this.rubber = make("path", { class: "rubber" });
    this.svg.append(this.layer, this.rubber);
    root.replaceChildren(this.svg);
    this.svg.addEventListener("pointerdown", (event) => this.#press(event));
    this.svg.addEventListener("pointermove", (event) => this.#hover(event));
    this.svg.addEventListener("keydown", (event) => this.#key(event));
  }

  use(tool) {
    this.tool = tool;
    this.#open = [];
    this.rubber.setAttribute("d", "");
    this.svg.classList.toggle("drawing", tool !== "select");
  }

  draw(drawing, chosen, nameOf) {
    // What is held by a finger has the same size on every screen.
    const scale = (this.svg.getBoundingClientRect().width || WIDE) / WIDE;
    this.grip = (matchMedia("(pointer: coarse)").matches ? 15 : 9) / scale;
    this.letter = 14 / scale;
    const shapes = [
      ...drawing.rooms.map((one) => ({ kind: "room", key: one.space, points: one.points })),
      ...drawing.doors.map((one) => ({ kind: "door", key: one.door, points: [one.at] })),
    ];
    const seen = new Set();
    for (const shape of shapes) {
      const id = `${shape.kind} ${shape.key}`;
      seen.add(id);
      const known = this.#shapes.get(id) ?? this.#add(id, shape);
      Object.assign(known.shape, shape);
      const isChosen = chosen?.kind === shape.kind && chosen.key === shape.key;
      known.root.setAttribute("class", isChosen ? "ed chosen" : "ed");
      known.root.setAttribute("aria-label", nameOf(shape));
      known.root.setAttribute("aria-pressed", String(isChosen));
      const { left, top, width, height } = boxOf(shape.points);
      if (shape.kind === "room") known.body.setAttribute("d", pathOf(shape.points, this.high));
      else for (const [name, value] of [["cx", left * WIDE], ["cy", top * this.high]]) known.body.setAttribute(name, value.toFixed(1));
      known.text.textContent = shape.kind === "room" ? nameOf(shape) : "";
      known.text.setAttribute("font-size", this.letter.toFixed(1));
      if (shape.kind === "door") known.body.setAttribute("r", this.grip.toFixed(1));
      known.text.setAttribute("x", ((left + width / 2) * WIDE).toFixed(1));
      known.text.setAttribute("y", ((top + height / 2) * this.high + 6).toFixed(1));
    }
    for (const [id, known] of this.#shapes) {
      if (seen.has(id)) continue;
      known.root.remove();
      this.#shapes.delete(id);
    }
    this.#drawCorners(chosen?.kind === "room" ? shapes.find((one) => one.kind === "room" && one.key === chosen.key) : null);
  }

  focus(shape) {
    this.#shapes.get(`${shape.kind} ${shape.key}`)?.root.focus();
  }

  #add(id, shape) {
    const body = shape.kind === "room" ? make("path") : make("circle");
    const text = make("text", { "aria-hidden": "true" });
    const root = make("g", { tabindex: 0, role: "button" }, body, text);
    const known = { root, body, text, shape: { ...shape } };
    root.addEventListener("focus", () => this.told.chosen({ kind: known.shape.kind, key: known.shape.key }));
    root.addEventListener("pointerdown", (event) => this.tool === "select" && this.#drag(event, known));
    this.layer.append(root);
    this.#shapes.set(id, known);
    return known;
  }

  #drawCorners(shape) {
    for (const corner of this.#corners) corner.remove();
    this.#corners = [];
    for (const [place, [x, y]] of (shape?.points ?? []).entries()) {
      const corner = make("circle", { class: "corner", r: this.grip.toFixed(1), cx: (x * WIDE).toFixed(1), cy: (y * this.high).toFixed(1) });
      corner.addEventListener("pointerdown", (event) => {
        if (this.tool !== "select") return;
        event.stopPropagation();
        this.#follow(event, (at) => {
          corner.setAttribute("cx", (at[0] * WIDE).toFixed(1));
          corner.setAttribute("cy", (at[1] * this.high).toFixed(1));
        }, (at) => this.told.points(shape, shape.points.map((point, other) => (other === place ? at : point))));
      });
      this.#corners.push(corner);
      this.svg.append(corner);
    }
  }

  // Move a shape with the pointer; its place is told at the end.
  #drag(event, known) {
    event.preventDefault();
    event.stopPropagation();
    known.root.focus();
    const from = this.#at(event);
    const box = boxOf(known.shape.points);
    this.#follow(event, (at) => {
      known.root.setAttribute("transform", `translate(${((at[0] - from[0]) * WIDE).toFixed(1)} ${((at[1] - from[1]) * this.high).toFixed(1)})`);
    }, (at) => {
      known.root.removeAttribute("transform");
      const [dx, dy] = [at[0] - from[0], at[1] - from[1]];
      if (Math.hypot(dx, dy) > SLIP / 2) this.told.fit(known.shape, { ...box, left: box.left + dx, top: box.top + dy });
    });
  }

  #press(event) {
    if (event.button !== 0 || this.tool === "select") return;
    event.preventDefault();
    const at = this.#at(event);
    if (this.tool === "door") return this.told.door(at);
    if (this.tool === "polygon") return this.#corner(at);
    this.#follow(event, (to) => this.rubber.setAttribute("d", pathOf(rectangle(between(at, to)), this.high)), (to) => {
      this.rubber.setAttribute("d", "");
      const box = between(at, to);
      if (box.width > SLIP && box.height > SLIP) this.told.drawn(rectangle(box));
    });
  }

  #corner(at) {
    if (this.#open.length >= 3 && this.#isNear(at, this.#open[0])) return this.#close();
    this.#open.push(at);
    this.#drawOpen(at);
  }

  #close() {
    const points = this.#open;
    this.#open = [];
    this.rubber.setAttribute("d", "");
    if (points.length >= 3) this.told.drawn(points);
  }

  #hover(event) {
    if (this.#open.length > 0) this.#drawOpen(this.#at(event));
  }

  #drawOpen(to) {
    this.rubber.setAttribute("d", pathOf([...this.#open, to], this.high));
  }

  #isNear(a, b) {
    const box = this.svg.getBoundingClientRect();
    return Math.hypot((a[0] - b[0]) * box.width, (a[1] - b[1]) * box.height) < NEAR_PX;
  }

  #key(event) {
    if (this.#open.length > 0 && this.#polygonKey(event)) return;
    const known = [...this.#shapes.values()].find((one) => one.root === event.target);
    if (!known) return;
    if (event.code === "Delete" || event.code === "Backspace") {
      event.preventDefault();
      return this.told.removed(known.shape);
    }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.code];
    if (!step || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const box = boxOf(known.shape.points);
    const [dx, dy] = step.map((one) => one * STEP * (event.altKey ? 0.2 : 1));
    this.told.fit(known.shape, event.shiftKey ? { ...box, width: box.width + dx, height: box.height + dy } : { ...box, left: box.left + dx, top: box.top + dy });
  }

  // Whether the key was about the polygon being drawn.
  press(event) {
    return this.#open.length > 0 && this.#polygonKey(event);
  }

  #polygonKey(event) {
    if (event.code === "Enter") this.#close();
    else if (event.code === "Escape") this.use(this.tool);
    else if (event.code === "Backspace") {
      this.#open.pop();
      this.#drawOpen(this.#open.at(-1) ?? [0, 0]);
    } else return false;
    event.preventDefault();
    return true;
  }

  // A press followed to its end.
  #follow(event, onMove, onEnd) {
    const target = this.svg;
    const began = this.#at(event);
    target.setPointerCapture(event.pointerId);
    const move = (to) => onMove(this.#at(to));
    const end = (to) => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", end);
      target.removeEventListener("pointercancel", end);
      // A press that was taken away, by scrolling for one, ends where it began.
      onEnd(to.type === "pointercancel" ? began : this.#at(to));
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end);
    target.addEventListener("pointercancel", end);
  }

  #at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [Math.min(1, Math.max(0, point.x / WIDE)), Math.min(1, Math.max(0, point.y / this.high))];
  }
}

function between(a, b) {
  return { left: Math.min(a[0], b[0]), top: Math.min(a[1], b[1]), width: Math.abs(a[0] - b[0]), height: Math.abs(a[1] - b[1]) };
}
