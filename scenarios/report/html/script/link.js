// The link of the page, which keeps what the reader has chosen: axes, settings and the point shown.

import { columnIndex, columns, data, points } from "./data.js";
import { state } from "./state.js";

const SETTINGS = ["log", "references"];

// Takes over what the link says, if that can be shown.
export function readLink() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const axis of ["x", "y"]) {
    const index = columnIndex[said.get(axis)];
    if (index !== undefined && columns[index].axis) state[axis] = said.get(axis);
  }
  for (const setting of SETTINGS) if (said.has(setting)) state[setting] = said.get(setting) === "1";
  const chosen = Number(said.get("point"));
  if (said.has("point") && points[chosen] !== undefined) state.chosen = chosen;
}

// Writes the state into the link, where the page has a link of its own for that.
export function writeLink() {
  if (data.live) return;
  const { x, y, chosen } = state;
  const said = new URLSearchParams({ x, y });
  for (const setting of SETTINGS) said.set(setting, state[setting] ? "1" : "0");
  if (chosen !== null) said.set("point", chosen);
  if (location.protocol !== "about:") history.replaceState(null, "", `#${said}`);
}
