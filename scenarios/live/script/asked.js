// What is asked: the scenarios side by side, each with the values of its fields, and the link that
// keeps all of it.

import { budgets, fields, start } from "./start.js";

const FIRST = { gpus: "1024", gpu: "h100-sxm", days: "30" };

// what a scenario has beside the fields of the form
const OWN = ["name", "score", "minimise"];

export const asked = { scenarios: [], active: 0 };

export const current = () => asked.scenarios[asked.active];

export function scenario(name, values, more = {}) {
  return { name, values: { ...values }, score: "", minimise: "", ...more };
}

// Takes over what the link says, else what the server was started with, else the usual question.
export function readAsked() {
  const said = location.hash.slice(1).split("/").filter(Boolean);
  const found = said.filter((part) => !part.startsWith("active=")).map(readScenario);
  const given = start.scenarios.filter(({ action }) => action !== "pareto").map(fromFile);
  const begun = given.length ? given : [scenario("scenario 1", FIRST)];
  asked.scenarios = found.length ? found : begun;
  const active = Number(said.find((part) => part.startsWith("active="))?.slice(7) ?? 0);
  asked.active = asked.scenarios[active] ? active : 0;
}

// A scenario of a file: of a target the score is what it takes.
export function fromFile({ name, values }) {
  const { score = "", minimise = "", ...rest } = values;
  const kept = Object.entries(rest).filter(([key]) => fields[key]);
  return scenario(name, Object.fromEntries(kept), { score, minimise });
}

function readScenario(part) {
  const said = Object.fromEntries(new URLSearchParams(part));
  const values = {};
  for (const [key, text] of Object.entries(said)) {
    if (fields[key]) values[key] = fields[key].kind === "switch" ? text === "true" : text;
  }
  const { name = "scenario", score = "", minimise = "" } = said;
  return scenario(name, values, { score, minimise });
}

export function linkOf() {
  const parts = asked.scenarios.map((one) => {
    const own = OWN.filter((key) => one[key]).map((key) => [key, one[key]]);
    return new URLSearchParams([...own, ...Object.entries(one.values)]).toString();
  });
  return `#active=${asked.active}/${parts.join("/")}`;
}

// how long to wait with the link, as browsers allow few changes of it in a row [ms]
const QUIET = 300;

let keeping = null;

// Writes the link once nothing has changed for a moment.
export function keepLink() {
  clearTimeout(keeping);
  keeping = setTimeout(() => history.replaceState(null, "", linkOf()), QUIET);
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
