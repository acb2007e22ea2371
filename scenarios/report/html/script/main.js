// The start of the page: it listens to what the reader does, then shows everything once.

import { wireControls } from "./controls.js";
import { showDetail } from "./detail.js";
import { wireDownloads } from "./downloads.js";
import { drawFlat } from "./flat.js";
import { showHeading } from "./heading.js";
import { readLink } from "./link.js";
import { wireTable } from "./picking.js";
import { drawPlot } from "./plot.js";
import { wirePlot } from "./pointing.js";
import { showRows } from "./table.js";
import { drawTornado } from "./tornado.js";

readLink();
wireControls();
wireDownloads();
wirePlot();
wireTable();
showHeading();
showRows();
showDetail();
drawPlot();
drawTornado();
drawFlat();
