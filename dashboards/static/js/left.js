// The sign-in page: nothing of who was here before stays on the phone but taps that were not sent, and it says so.

import { leave } from "./taps.js";

const kept = document.getElementById("kept");
const n = await leave();
kept.hidden = n === 0;
if (n) kept.textContent = kept.dataset.word.replace("{n}", String(n));
document.documentElement.dataset.left = "yes";
