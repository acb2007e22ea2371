// Choosing a point, wherever the reader did it: the panel, the plot and the table all follow.

import { showDetail } from "./detail.js";
import { drawPlot } from "./plot.js";
import { state } from "./state.js";
import { markChosenRow } from "./table.js";

// scroll: brings the row of the point into sight, for a choice made outside the table.
export function choose(i, scroll) {
  state.chosen = i;
  showDetail();
  drawPlot();
  markChosenRow(scroll);
}
