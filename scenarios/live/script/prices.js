// Parts by the names that people type, and what they are listed at.

import { current } from "./asked.js";
import { fields, start } from "./start.js";

// The part that a typed name means, if it is the beginning of one alone; else what was typed.
export function meant(typed) {
  const name = typed.trim().toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const known = start.parts.map((part) => part.typed);
  const fitting = known.filter((one) => one.startsWith(name));
  return fitting.length === 1 && !known.includes(name) ? fitting[0] : name;
}

// The lowest listed price of the part that the current scenario names; an example without one.
export function listedPrice() {
  const name = meant(current().values.gpu ?? "");
  const { low } = start.parts.find((part) => part.typed === name) ?? {};
  return String(low ?? fields.price.example);
}
