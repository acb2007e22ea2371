// The start of a report: it listens to what the reader does, then shows everything once.

import { wireControls } from "./controls.js";
import { dataOfPage, takeData } from "./data.js";
import { wireDownloads } from "./downloads.js";
import { drawFlat } from "./flat.js";
import { readLink } from "./link.js";
import { wireTable } from "./picking.js";
import { wirePlot } from "./pointing.js";
import { showAll } from "./shown.js";
import { renewState } from "./state.js";
import { drawTornado } from "./tornado.js";

takeData(dataOfPage());
renewState();
readLink();
wireControls();
wireDownloads();
wirePlot();
wireTable();
showAll();
drawTornado();
drawFlat();
