// A board that hangs on a wall for months: awake, and begun anew each night while nothing waits.

import { campusHour } from "./time.js";

const NIGHT_HOUR = 4;
const OLD_MS = 2 * 3600000;
const openedAt = performance.now();

// Asked each second. Nothing is begun anew that could not come back: no feed, no session.
export function isTimeToBeginAnew(isQuiet) {
  return isQuiet && campusHour() === NIGHT_HOUR && performance.now() - openedAt > OLD_MS;
}

// A screen that was switched off and on again has lost its lock.
export function keepAwake() {
  const ask = () => navigator.wakeLock?.request("screen").catch(() => {});
  ask();
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}
