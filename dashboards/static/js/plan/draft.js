// What is being drawn: rooms and doors in shares of the picture, with every step to undo. No page in here.

const STEPS = 200;
const LEAST = 0.005;
const clamp = (x, low = 0, high = 1) => Math.min(high, Math.max(low, x));
const round = (x) => Math.round(x * 1e5) / 1e5;

export function boxOf(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

export function rectangle({ left, top, width, height }) {
  return [[left, top], [left + width, top], [left + width, top + height], [left, top + height]];
}

export class Draft {
  #past = [];
  #future = [];

  constructor(drawing, onChanged) {
    this.drawing = drawing;
    this.onChanged = onChanged;
  }

  // A shape is { kind: "room" | "door", key }.
  find({ kind, key }) {
    return kind === "room" ? this.drawing.rooms.find((one) => one.space === key) : this.drawing.doors.find((one) => one.door === key);
  }

  boxOf(shape) {
    const found = this.find(shape);
    if (!found) return null;
    return shape.kind === "room" ? boxOf(found.points) : { left: found.at[0], top: found.at[1], width: 0, height: 0 };
  }

  putRoom(space, points) {
    const kept = this.drawing.rooms.filter((one) => one.space !== space);
    this.#step({ rooms: [...kept, { space, points: points.map(([x, y]) => [round(clamp(x)), round(clamp(y))]) }] });
  }

  putDoor(door, at) {
    const kept = this.drawing.doors.filter((one) => one.door !== door);
    this.#step({ doors: [...kept, { door, at: at.map((x) => round(clamp(x))) }] });
  }

  remove({ kind, key }) {
    if (kind === "room") this.#step({ rooms: this.drawing.rooms.filter((one) => one.space !== key) });
    else this.#step({ doors: this.drawing.doors.filter((one) => one.door !== key) });
  }

  // The shape is another room now; one that room had is taken away.
  rename(from, to) {
    const room = this.find({ kind: "room", key: from });
    const kept = this.drawing.rooms.filter((one) => one.space !== from && one.space !== to);
    this.#step({ rooms: [...kept, { ...room, space: to }] });
  }

  // Into another box; it never leaves the picture.
  fit(shape, box) {
    const found = this.find(shape);
    const from = this.boxOf(shape);
    if (!found) return;
    if (shape.kind === "door") return this.putDoor(shape.key, [box.left, box.top]);
    const [width, height] = [clamp(box.width, LEAST), clamp(box.height, LEAST)];
    const [left, top] = [clamp(box.left, 0, 1 - width), clamp(box.top, 0, 1 - height)];
    const [across, down] = [width / (from.width || 1), height / (from.height || 1)];
    this.putRoom(shape.key, found.points.map(([x, y]) => [left + (x - from.left) * across, top + (y - from.top) * down]));
  }

  undo() {
    this.#turn(this.#past, this.#future);
  }

  redo() {
    this.#turn(this.#future, this.#past);
  }

  can() {
    return { undo: this.#past.length > 0, redo: this.#future.length > 0 };
  }

  #turn(from, to) {
    if (from.length === 0) return;
    to.push(this.drawing);
    this.drawing = from.pop();
    this.onChanged();
  }

  #step(part) {
    this.#past = [...this.#past.slice(1 - STEPS), this.drawing];
    this.#future = [];
    this.drawing = { ...this.drawing, ...part };
    this.onChanged();
  }
}
