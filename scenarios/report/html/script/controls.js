// The controls above the plot and above the table.

import { columnIndex, columns, data } from "./data.js";
import { byId, make } from "./elements.js";
import { drawPlot } from "./plot.js";
import { state } from "./state.js";
import { showRows } from "./table.js";

export function wireControls() {
  for (const axis of ["x", "y"]) {
    byId(axis).addEventListener("change", () => {
      state[axis] = byId(axis).value;
      drawPlot();
    });
  }
  for (const setting of ["log", "references"]) {
    byId(setting).checked = state[setting];
    byId(setting).addEventListener("change", (event) => {
      state[setting] = event.target.checked;
      drawPlot();
    });
  }
  byId("filter").addEventListener("input", showRows);
  byId("compute").addEventListener("click", () => showAxes("params", "tokens"));
  byId("first").addEventListener("click", () => showAxes(data.x, "score"));
}

function showAxes(x, y) {
  state.x = x;
  state.y = y;
  byId("x").value = x;
  byId("y").value = y;
  drawPlot();
}

// What can be chosen depends on the data.
export function offerChoices() {
  for (const axis of ["x", "y"]) {
    const offered = columns.filter((each) => each.axis);
    const options = offered.map(({ key, label }) => make("option", { value: key }, label));
    byId(axis).replaceChildren(...options);
    byId(axis).value = state[axis];
  }
  byId("references").closest("label").hidden = !data.references.length;
  const both = columnIndex.params !== undefined && columnIndex.tokens !== undefined;
  byId("compute").hidden = !both;
}
