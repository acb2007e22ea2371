// Pointing at the plot: hovering shows the name of a point, a click or an arrow key chooses it.

import { choose } from "./choice.js";
import { data, points } from "./data.js";
import { byId } from "./elements.js";
import { HEIGHT, WIDTH } from "./frame.js";
import { nearestSpot } from "./spots.js";
import { state } from "./state.js";

const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

export function wirePlot() {
  const svg = byId("plot");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.addEventListener("mousemove", (event) => showTip(spotUnder(event)));
  svg.addEventListener("mouseleave", () => showTip(null));
  svg.addEventListener("click", (event) => {
    const spot = spotUnder(event);
    if (spot && isPoint(spot[2])) choose(spot[2], true);
  });
  svg.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    // the first key shows the first point if none is chosen yet
    const next = (state.chosen ?? -step) + step;
    choose(Math.max(0, Math.min(points.length - 1, next)), true);
  });
}

const isPoint = (what) => typeof what === "number";

// Spots are in units of the viewBox, and the plot may be shown larger or smaller than that.
function spotUnder(event) {
  const frame = byId("plot").getBoundingClientRect();
  const ratio = WIDTH / frame.width;
  return nearestSpot((event.clientX - frame.left) * ratio, (event.clientY - frame.top) * ratio);
}

function showTip(spot) {
  const svg = byId("plot");
  const tip = byId("tip");
  tip.hidden = !spot;
  if (!spot) return;
  const [x, y, what] = spot;
  const ratio = svg.getBoundingClientRect().width / WIDTH;
  tip.textContent = isPoint(what) ? data.names[what] : what;
  // stays within the right edge of the plot
  tip.style.left = Math.min(x * ratio + 12, svg.clientWidth - tip.offsetWidth) + "px";
  tip.style.top = y * ratio + 12 + "px";
}
