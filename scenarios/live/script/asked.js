// What is asked: the scenarios side by side, each with the values of its fields.

import { budgets, fields, start } from "./start.js";

const FIRST = { gpus: "1024", gpu: "h100-sxm", days: "30" };

export const asked = { scenarios: [], active: 0 };

export const current = () => asked.scenarios[asked.active];

// spare: texts of budgets that are not asked for now, to come back to.
export function scenario(name, values, more = {}) {
  return { name, values: { ...values }, score: "", minimise: "", spare: {}, ...more };
}

// What the page begins with where its link says nothing.
export function firstAsked() {
  const given = planned(start.scenarios);
  return { scenarios: given.length ? given : [scenario("scenario 1", FIRST)], active: 0 };
}

// The scenarios of a file that the page can show, which are plans and targets.
export const planned = (loaded) => loaded.filter(({ action }) => action !== "pareto").map(fromFile);

// Takes scenarios over in place of those there are: each keeps its place, and its answer if nothing
// has changed. Returns those that changed, and those that are gone.
export function adopt({ scenarios, active }) {
  const gone = asked.scenarios.splice(scenarios.length);
  const changed = [];
  scenarios.forEach((one, i) => {
    const own = asked.scenarios[i];
    if (own && alike(own, one)) return;
    if (own) Object.assign(own, one);
    else asked.scenarios.push(one);
    changed.push(asked.scenarios[i]);
  });
  asked.active = asked.scenarios[active] ? active : 0;
  return { changed, gone };
}

const alike = (one, other) => textOf(one) === textOf(other);

function textOf({ name, values, score, minimise }) {
  return JSON.stringify([name, Object.entries(values).sort(), score, minimise]);
}

// A name that no scenario has yet.
export function freshName() {
  const names = new Set(asked.scenarios.map(({ name }) => name));
  let k = asked.scenarios.length + 1;
  while (names.has(`scenario ${k}`)) k++;
  return `scenario ${k}`;
}

// A scenario of a file: of a target the score is what it takes.
function fromFile({ name, values }) {
  const { score = "", minimise = "", ...rest } = values;
  const kept = Object.entries(rest).filter(([key]) => Object.hasOwn(fields, key));
  return scenario(name, Object.fromEntries(kept), { score, minimise });
}

// The value of a field as the form shows it: what is given, or nothing.
export const valueOf = (key) => current().values[key] ?? "";

// Gives a field a value; an empty text, or the usual state of a switch, leaves it out.
export function give(key, value) {
  const usual = fields[key].kind === "switch" ? fields[key].on : "";
  if (value === usual) delete current().values[key];
  else current().values[key] = value;
}

// The budget that is given, by its key; the usual one if there is none.
export const budgetOf = () => budgets.find((key) => key in current().values) ?? budgets[0];
