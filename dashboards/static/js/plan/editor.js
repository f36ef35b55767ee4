// The editor of a floor: sheet, tools, numbers and saving put together. Start here.

import { setText } from "../shapes.js";
import { useWords, word } from "../words.js";
import { Canvas } from "./canvas.js";
import { Draft, rectangle } from "./draft.js";
import { Saving } from "./saving.js";

const $ = (id) => document.getElementById(id);
const data = (id) => JSON.parse($(id).textContent);
useWords(data("words"));
const plan = data("plan");
const codes = new Map(plan.spaces.map((one) => [one.id, one.code]));
const SIDES = ["left", "top", "width", "height"];
let chosen = null;

const draft = new Draft(plan.drawing, () => {
  draw();
  saving.soon();
});
const canvas = new Canvas($("canvas"), plan.drawing.aspect, $("canvas").dataset.picture, $("canvas").dataset.name, {
  drawn: putRoom,
  door: putDoor,
  // While one draws, what is already there lies in the way and is not meant.
  chosen: (shape) => canvas.tool === "select" && choose(shape),
  fit: (shape, box) => draft.fit(shape, box),
  points: (shape, points) => draft.putRoom(shape.key, points),
  removed: remove,
});
const saving = new Saving(`/admin/plans/${encodeURIComponent(plan.building)}/${plan.floor}/drawing`, plan.version, () => draft.drawing, say, clash);

function nameOf(shape) {
  return shape.kind === "room" ? (codes.get(shape.key) ?? shape.key) : shape.key;
}

function putRoom(points) {
  draft.putRoom($("space").value, points);
  next();
}

function putDoor(at) {
  if ($("door").value) draft.putDoor($("door").value, at);
  next();
}

// The next room and door that nobody has drawn are what one wants to draw.
function next() {
  const room = plan.spaces.find((one) => !draft.find({ kind: "room", key: one.id }));
  if (room && draft.find({ kind: "room", key: $("space").value })) $("space").value = room.id;
  const door = plan.doors.find((one) => !draft.find({ kind: "door", key: one }));
  if (door && draft.find({ kind: "door", key: $("door").value })) $("door").value = door;
  draw();
}

function choose(shape) {
  chosen = shape;
  if (shape?.kind === "room") $("space").value = shape.key;
  if (shape?.kind === "door") $("door").value = shape.key;
  draw();
}

function remove(shape) {
  draft.remove(shape);
  choose(null);
  setText($("saved"), word("plan.gone", { code: nameOf(shape) }));
}

function use(tool) {
  canvas.use(tool);
  for (const button of $("tools").querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  if (tool !== "select") chosen = null;
  next();
}

function draw() {
  if (chosen && !draft.find(chosen)) chosen = null;
  canvas.draw(draft.drawing, chosen, nameOf);
  const can = draft.can();
  $("undo").disabled = !can.undo;
  $("redo").disabled = !can.redo;
  $("delete").disabled = chosen === null;
  for (const option of $("space").options) {
    const isDrawn = Boolean(draft.find({ kind: "room", key: option.value }));
    setText(option, isDrawn ? codes.get(option.value) : word("plan.undrawn", { code: codes.get(option.value) }));
  }
  for (const option of $("door").options) setText(option, draft.find({ kind: "door", key: option.value }) ? option.value : word("plan.undrawn", { code: option.value }));
  const isDoor = chosen ? chosen.kind === "door" : canvas.tool === "door";
  $("for-room").hidden = isDoor;
  $("for-door").hidden = !isDoor;
  for (const side of ["width", "height"]) $(side).parentElement.hidden = isDoor;
  const box = chosen && draft.boxOf(chosen);
  for (const side of SIDES) if (document.activeElement !== $(side)) $(side).value = box ? (box[side] * 100).toFixed(1) : "";
}

function say(state) {
  if (state !== "clash") setText($("saved"), word("plan." + state));
}

function clash(theirs) {
  setText($("clash").firstElementChild, word("plan.conflict", { who: theirs.who }));
  $("clash").hidden = false;
  $("clash").querySelector("[data-keep=theirs]").onclick = () => {
    saving.settle();
    location.reload();
  };
  $("clash").querySelector("[data-keep=mine]").onclick = () => {
    $("clash").hidden = true;
    saving.over(theirs.version);
    saving.soon(0);
  };
}

// The shape by its numbers: what is chosen moves; without one the room of the list is put there.
function byNumbers(event) {
  event.preventDefault();
  const value = (side, usual) => (Number.isFinite($(side).valueAsNumber) ? $(side).valueAsNumber / 100 : usual);
  const box = { left: value("left", 0.4), top: value("top", 0.4), width: value("width", 0.15), height: value("height", 0.15) };
  const isDoor = !$("for-door").hidden;
  const shape = isDoor ? { kind: "door", key: $("door").value } : { kind: "room", key: $("space").value };
  if (!shape.key) return;
  if (draft.find(shape)) draft.fit(shape, box);
  else if (isDoor) draft.putDoor(shape.key, [box.left, box.top]);
  else {
    // Never out of the picture, never nothing.
    const [width, height] = [Math.min(1, Math.max(0.01, box.width)), Math.min(1, Math.max(0.01, box.height))];
    draft.putRoom(shape.key, rectangle({ left: Math.min(box.left, 1 - width), top: Math.min(box.top, 1 - height), width, height }));
  }
  if (canvas.tool === "select") choose(shape);
  else next();
  for (const side of SIDES) if (chosen) $(side).value = ((draft.boxOf(shape)?.[side] ?? 0) * 100).toFixed(1);
}

for (const one of plan.spaces) $("space").append(new Option(one.code, one.id));
for (const one of plan.doors) $("door").append(new Option(one, one));
$("clash").querySelector("[data-keep=theirs]").textContent = word("plan.theirs");
$("clash").querySelector("[data-keep=mine]").textContent = word("plan.mine");
$("tools").addEventListener("click", (event) => event.target.dataset.tool && use(event.target.dataset.tool));
$("undo").addEventListener("click", () => draft.undo());
$("redo").addEventListener("click", () => draft.redo());
$("delete").addEventListener("click", () => chosen && remove(chosen));
$("numbers").addEventListener("submit", byNumbers);
$("space").addEventListener("change", () => {
  const key = $("space").value;
  if (canvas.tool === "select" && draft.find({ kind: "room", key })) choose({ kind: "room", key });
  else if (chosen?.kind === "room" && canvas.tool === "select") {
    draft.rename(chosen.key, key);
    choose({ kind: "room", key });
  } else draw();
});
$("door").addEventListener("change", () => {
  const shape = { kind: "door", key: $("door").value };
  if (canvas.tool === "select") choose(draft.find(shape) ? shape : null);
});
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
  if (canvas.press(event)) return;
  if (!(event.ctrlKey || event.metaKey) || !["KeyZ", "KeyY"].includes(event.code)) return;
  event.preventDefault();
  if (event.code === "KeyY" || event.shiftKey) draft.redo();
  else draft.undo();
});
$("editor").hidden = false;
use(plan.drawing.rooms.length > 0 ? "select" : "rectangle");
