// The head of the table: each column has a button that sorts by it, and reverses when used again.

import { columns, isText } from "./data.js";
import { byId, make } from "./elements.js";
import { state } from "./state.js";
import { showRows } from "./table.js";

export function showHeading() {
  const row = make("tr");
  columns.forEach((column, i) => {
    const button = make("button", { type: "button" }, column.label);
    const kind = isText(column) ? "text" : "number";
    const cell = make("th", { scope: "col", class: kind }, button);
    button.addEventListener("click", () => {
      // at first numbers fall from the largest, and words rise in the alphabet
      state.falling = state.sort === i ? !state.falling : !isText(column);
      state.sort = i;
      for (const other of row.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", state.falling ? "descending" : "ascending");
      showRows();
    });
    row.append(cell);
  });
  byId("head").replaceChildren(row);
}
