// Sliders: from a place on one to a text that people would write, and back.

const PLACES = 1000;
const SHORT = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
];
const SUFFIXED = { "": 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12, p: 1e15 };
const NUMBER = /^\$?([\d.]+(?:e[+-]?\d+)?)([kmbtp]?)$/i;

// The number that a text means, or null if it means none alone.
export function numberOf(text) {
  const found = NUMBER.exec(String(text).replaceAll(",", "").trim());
  return found ? Number(found[1]) * SUFFIXED[found[2].toLowerCase()] : null;
}

// The text of a place on the slider of a field.
export function textAt(field, place) {
  const { low, high, log, whole } = field;
  const part = place / PLACES;
  const value = log ? low * (high / low) ** part : low + (high - low) * part;
  return textOfNumber(rounded(value, field), whole);
}

// The place of a number on the slider of a field; the nearest end if it lies beyond.
export function placeOf({ low, high, log }, value) {
  const part = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(Math.min(Math.max(part, 0), 1) * PLACES);
}

function rounded(value, { whole, step }) {
  if (step) return Math.max(Math.round(value / step), 1) * step;
  const short = Number(value.toPrecision(3));
  return whole ? Math.max(Math.round(short), 1) : short;
}

function textOfNumber(value, whole) {
  if (value >= 1e16) return value.toExponential(2).replace("e+", "e");
  const [unit, suffix] = SHORT.find(([size]) => value >= size && !whole) ?? [1, ""];
  return Number((value / unit).toPrecision(unit > 1 ? 3 : 12)) + suffix;
}
