// The controls above the plot and above the table.

import { columnIndex, columns, data } from "./data.js";
import { byId, make } from "./elements.js";
import { drawPlot } from "./plot.js";
import { state } from "./state.js";
import { showRows } from "./table.js";

export function wireControls() {
  for (const axis of ["x", "y"]) offerColumns(axis);
  for (const setting of ["log", "references"]) {
    byId(setting).checked = state[setting];
    byId(setting).addEventListener("change", (event) => {
      state[setting] = event.target.checked;
      drawPlot();
    });
  }
  byId("references").closest("label").hidden = !data.references.length;
  byId("filter").addEventListener("input", showRows);
  const both = columnIndex.params !== undefined && columnIndex.tokens !== undefined;
  byId("compute").hidden = !both;
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

// axis: "x" or "y", which is the id of a list of choices and the key of the choice in the state.
function offerColumns(axis) {
  const select = byId(axis);
  for (const column of columns.filter((each) => each.axis)) {
    const option = make("option", { value: column.key }, column.label);
    option.selected = column.key === state[axis];
    select.append(option);
  }
  select.addEventListener("change", () => {
    state[axis] = select.value;
    drawPlot();
  });
}
