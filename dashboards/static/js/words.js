// Words by key, in the reader's language; an unknown code shows itself.

let catalogue = {};

export function useWords(words) {
  catalogue = words;
}

export function word(key, values = {}) {
  const text = catalogue[key] ?? key.slice(key.indexOf(".") + 1);
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// The word of a table for a code of the hub; an unknown code shows itself.
export function orCode(table, code) {
  return catalogue[`${table}.${code}`] ?? code;
}

export function knows(key) {
  return key in catalogue;
}

// How long: "7 min". Whole units, rounded down.
export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return word("ago.s", { n: s });
  if (s < 3600) return word("ago.min", { n: Math.floor(s / 60) });
  if (s < 86400) return word("ago.h", { n: Math.floor(s / 3600) });
  return word("ago.d", { n: Math.floor(s / 86400) });
}

export function ago(ms) {
  return word("ago.ago", { age: age(ms) });
}

// What a limit rests on, without its reasons: "§36.4; 10 min are ours: …" is §36.4.
export function clauseOf(source) {
  const first = (source ?? "").split(";")[0].split(":")[0].trim();
  return first === "ours" || first.startsWith("docs/") ? word("clause.ours") : first;
}
