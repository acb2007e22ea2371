// How far an answer is: what was found after which time, and what is still looked for.

import { byId } from "../../report/html/script/elements.js";

const LOOKED_FOR = {
  plan: "looking around the plan",
  around: "tracing the front",
  takes: "tracing the front",
  front: "tracing the front",
};

let ticking = null;

// Tells the time while an answer is looked for.
export function startStatus(answer) {
  answer.proved = null;
  clearInterval(ticking);
  ticking = setInterval(() => showStatus(answer), 250);
}

export function showStatus(answer) {
  const { last, since, busy } = answer;
  if (last?.step === "plan") answer.proved = last.seconds;
  const parts = [];
  if (answer.proved) parts.push(`proved in ${answer.proved.toFixed(2)} s`);
  if (busy) {
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    parts.push(`${last ? LOOKED_FOR[last.step] ?? "" : "proving"} ... ${seconds} s`);
  } else {
    clearInterval(ticking);
    if (last?.seconds) parts.push(`all of it in ${last.seconds.toFixed(2)} s`);
  }
  byId("status").textContent = parts.join("; ");
}
