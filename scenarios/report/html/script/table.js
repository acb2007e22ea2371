// The rows of the table that pass the filter, in order.
//
// Rows are made when the reader scrolls to them, since browsers lay out a thousand too slowly.

import { columns, isText, points } from "./data.js";
import { byId, make } from "./elements.js";
import { filterOf, unknownColumn } from "./filter.js";
import { written } from "./numbers.js";
import { sortPoints } from "./order.js";
import { state } from "./state.js";

const CHUNK = 100;

// indexes of the points that pass the filter, whether their rows are made yet or not
let listed = [];

// Makes the table anew, down to the first chunk of rows.
export function showRows() {
  const typed = byId("filter").value;
  const passes = filterOf(typed);
  listed = points.map((_, i) => i).filter(passes);
  sortPoints(listed);
  byId("rows").replaceChildren();
  showMoreRows();
  const unknown = unknownColumn(typed);
  const wrong = unknown ? `: no column is called ${unknown}` : "";
  byId("count").textContent = `${listed.length} of ${points.length}${wrong}`;
}

// Makes one more chunk of rows, and more if that is needed to have upTo rows.
export function showMoreRows(upTo = 0) {
  const body = byId("rows");
  const made = document.createDocumentFragment();
  const from = body.children.length;
  for (const i of listed.slice(from, Math.max(from + CHUNK, upTo))) made.append(rowOf(i));
  body.append(made);
}

// Marks the row of the chosen point; scroll: whether to make it and bring it into sight.
export function markChosenRow(scroll) {
  const body = byId("rows");
  const place = listed.indexOf(state.chosen);
  if (scroll && place >= body.children.length) showMoreRows(place + 1);
  for (const row of body.children) {
    const chosen = Number(row.dataset.point) === state.chosen;
    row.classList.toggle("chosen", chosen);
    if (chosen && scroll) bringIntoFrame(row);
  }
}

// Scrolls the table so far that a row is seen in it. The page stays where it is, with the plot.
function bringIntoFrame(row) {
  const frame = row.closest(".scroll");
  const [inner, own] = [frame.getBoundingClientRect(), row.getBoundingClientRect()];
  const above = inner.top + byId("head").offsetHeight - own.top;
  if (above > 0) frame.scrollTop -= above;
  else frame.scrollTop += Math.max(own.bottom - inner.bottom, 0);
}

function rowOf(i) {
  const look = i === state.chosen ? "chosen" : "plain";
  const row = make("tr", { "data-point": i, tabindex: 0, class: look });
  points[i].forEach((value, k) => {
    const kind = isText(columns[k]) ? "text" : "number";
    row.append(make("td", { class: kind }, written(value, k)));
  });
  return row;
}
