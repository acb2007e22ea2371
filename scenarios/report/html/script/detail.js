// The panel beside the plot: the values of the chosen point, and the command that repeats it.

import { columns, data, points } from "./data.js";
import { copyButton } from "./downloads.js";
import { byId, make } from "./elements.js";
import { written } from "./numbers.js";
import { state } from "./state.js";

export function showDetail() {
  const box = byId("detail");
  const i = state.chosen;
  box.replaceChildren();
  if (i === null) return;
  const list = make("dl");
  columns.forEach((column, k) => {
    const value = points[i][k];
    if (value === null || value === "") return;
    list.append(make("dt", {}, column.label), make("dd", {}, written(value, k)));
  });
  box.append(make("h2", {}, data.names[i]), list);
  const command = data.commands[i];
  if (!command) return;
  const text = make("pre", { title: "repeats this plan" }, command);
  box.append(text, copyButton(text, () => command));
}
