// Choosing a point in the plot or in the table: panel, plot and table all show the choice.

import { showDetail } from "./detail.js";
import { drawPlot } from "./plot.js";
import { state } from "./state.js";
import { markChosenRow } from "./table.js";

// scroll: whether to bring the point's row into sight, for a choice made outside the table.
export function choose(i, scroll) {
  state.chosen = i;
  showDetail();
  drawPlot();
  markChosenRow(scroll);
}
