// Asking: a change sends the question at once, and what was asked before is called off.

import { current } from "./asked.js";
import { answers, listeners } from "./answers.js";
import { keepLink } from "./linked.js";

// how long to wait before asking a server anew that does not answer [ms]
const AGAIN = 1000;

// how long a question whose plan is not there yet keeps a newer one waiting [ms]
const HOLD = 400;

// the question that waits: its timer and its scenario
let held = null;

// Asks for the current scenario: at once, or as soon as the plan of the question before is there.
// So the answers keep up with a hand that moves on and on, and only the newest change waits.
export function askSoon() {
  keepLink();
  const one = current();
  if (held?.one === one) return;
  askHeld();
  const { busy, since, last } = answers.get(one) ?? {};
  const wait = busy && !last ? since + HOLD - performance.now() : 0;
  if (wait > 0) held = { one, timer: setTimeout(askHeld, wait) };
  else ask(one);
}

// Asks what waits, if anything does.
function askHeld() {
  if (held === null) return;
  const { one, timer } = held;
  clearTimeout(timer);
  held = null;
  ask(one);
}

// Forgets a scenario that is taken away.
export function forget(one) {
  const answer = answers.get(one);
  answers.delete(one);
  answer?.calling?.abort();
  clearTimeout(answer?.again);
  if (held?.one === one) {
    clearTimeout(held.timer);
    held = null;
  }
}

// Asks for a scenario. Its front and what a score would take are for the current one alone.
export function ask(one) {
  const answer = answers.get(one) ?? {};
  answers.set(one, answer);
  answer.calling?.abort();
  clearTimeout(answer.again);
  const calling = new AbortController();
  Object.assign(answer, { calling, busy: true, since: performance.now(), last: null, seen: {} });
  if (!one.score) delete answer.takes;
  listeners.started(one);
  const active = one === current();
  const { values, score, minimise } = one;
  const body = JSON.stringify({ values, ...(active ? { score, minimise, front: true } : {}) });
  const told = { method: "POST", headers: { "Content-Type": "application/json" }, body };
  fetch("/answer", { ...told, signal: calling.signal })
    .then((response) => read(one, response, calling))
    .catch((error) => lost(one, calling, error));
}

function lost(one, calling, error) {
  const answer = answers.get(one);
  if (calling.signal.aborted || answer?.calling !== calling) return;
  const refused = error.refused ?? "";
  answer.busy = false;
  listeners.trouble(refused || "The server does not answer. The page asks again until it does.");
  if (!refused) answer.again = setTimeout(() => ask(one), AGAIN);
}

// Reads the steps of an answer, one JSON object a line, as they come.
function read(one, response, calling) {
  if (!response.ok) {
    return response.text().then((text) => {
      throw Object.assign(new Error(text), { refused: text });
    });
  }
  listeners.trouble("");
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const more = ({ done, value }) => {
    if (calling.signal.aborted) return null;
    text += decoder.decode(value ?? new Uint8Array(), { stream: !done });
    const lines = text.split("\n");
    text = done ? "" : lines.pop();
    for (const line of lines) if (line) take(one, JSON.parse(line));
    return done ? finish(one) : reader.read().then(more);
  };
  return reader.read().then(more);
}

// A step replaces what it tells more of; an error keeps the plan that was there before. What is
// wrong with a score to reach leaves the plan as it is.
function take(one, step) {
  const answer = answers.get(one);
  answer.seen[step.step] = true;
  if (step.step === "error") answer[step.of === "plan" ? "wrong" : "missed"] = step;
  else if (step.step === "plan" || step.step === "around") {
    answer.plan = step;
    answer.wrong = null;
  } else {
    answer[step.step] = step;
    if (step.step === "takes") answer.missed = null;
  }
  answer.last = step;
  listeners.stepped(one, step);
  if (held?.one === one) askHeld();
}

// What the whole answer does not tell any more is not kept from the answer before.
function finish(one) {
  const answer = answers.get(one);
  if (!answer) return;
  answer.busy = false;
  for (const step of ["takes", "front"]) if (!answer.seen[step]) delete answer[step];
  if (!answer.seen.error || answer.wrong) answer.missed = null;
  listeners.finished(one);
}
