// Showing all that depends on the data: what can be chosen, the table, the panel and the plots.

import { offerChoices } from "./controls.js";
import { showDetail } from "./detail.js";
import { showHeading } from "./heading.js";
import { drawPlot } from "./plot.js";
import { showRows } from "./table.js";

export function showAll() {
  offerChoices();
  showHeading();
  showRows();
  showDetail();
  drawPlot();
}
