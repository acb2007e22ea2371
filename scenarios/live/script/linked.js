// The link of the page, which keeps all scenarios with their values, and which of them is shown.

import { asked, scenario } from "./asked.js";
import { fields } from "./start.js";

// what a scenario has beside the fields of the form
const OWN = ["name", "score", "minimise"];

// What a link says: its scenarios, and which of them is shown; no scenarios if it is none of ours.
export function readLinked(link) {
  const said = link.slice(1).split("/").filter((part) => part.includes("="));
  const found = said.filter((part) => !part.startsWith("active=")).map(readScenario);
  const active = Number(said.find((part) => part.startsWith("active="))?.slice(7) ?? 0);
  return { scenarios: found.filter(Boolean), active };
}

function readScenario(part) {
  const said = Object.fromEntries(new URLSearchParams(part));
  const values = {};
  for (const [key, text] of Object.entries(said)) {
    if (!Object.hasOwn(fields, key)) continue;
    values[key] = fields[key].kind === "switch" ? text === "true" : text;
  }
  const { name = "scenario", score = "", minimise = "" } = said;
  if (!Object.keys(values).length && !Object.hasOwn(said, "name")) return null;
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
