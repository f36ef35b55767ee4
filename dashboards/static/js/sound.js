// Tones by priority, made by the browser; silent until a person has pressed a button.

const P1_EVERY_MS = 10000;
const P2_EVERY_MS = 60000;

let context = null;
let lastP1 = -Infinity;
let lastP2 = -Infinity;

export async function unlock() {
  context ??= new AudioContext();
  await context.resume();
}

export function isOn() {
  return context !== null && context.state === "running";
}

// Call each second with what waits for somebody; `isNew`: something just came.
export function sound(waiting, isNew) {
  if (!isOn()) return;
  const at = performance.now();
  if (waiting.includes(1)) {
    if (isNew || at - lastP1 >= P1_EVERY_MS) {
      lastP1 = at;
      twoTone();
    }
  } else if (waiting.includes(2) && (isNew || at - lastP2 >= P2_EVERY_MS)) {
    lastP2 = at;
    chime();
  }
}

export function twoTone() {
  [0, 0.5, 1].forEach((start) => {
    tone(880, start, 0.22);
    tone(660, start + 0.24, 0.22);
  });
}

export function chime() {
  tone(660, 0, 0.7);
}

// The board went blind: low, once.
export function warnLost() {
  if (isOn()) [0, 0.4].forEach((start) => tone(220, start, 0.3));
}

function tone(hertz, start, length) {
  const at = context.currentTime + start;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.4, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length);
}
