// The server's clock, as the campus reads it. The guard's computer may be wrong by hours.

let serverMs = 0;
let heardAt = 0;
let offsetMin = 0;

export function hearTime(iso) {
  serverMs = Date.parse(iso);
  heardAt = performance.now();
}

export function hearOffset(minutes) {
  offsetMin = minutes;
}

export function now() {
  return serverMs + (performance.now() - heardAt);
}

// "14:05:09"; seconds may be left out.
export function clockTime(ms, withSeconds = true) {
  const at = new Date(ms + offsetMin * 60000).toISOString();
  return at.slice(11, withSeconds ? 19 : 16);
}

// The hour on the campus's clocks, 0 to 23.
export function campusHour() {
  return Number(clockTime(now()).slice(0, 2));
}
