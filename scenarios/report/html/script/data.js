// The data that Python gives as JSON: what is drawn, described by columns.
//
// A point is a row with one value for each column. Its name and its command have the same index.
// The page of a report holds its data from the start; the live planner gets new ones each time.

export const data = { references: [], swings: [] };
export const columns = [];
export const points = [];

// the index of each column, by its key
export const columnIndex = {};

export const isText = (column) => column.format === "text";

// What Python wrote into the page.
export const dataOfPage = () => JSON.parse(document.getElementById("data").textContent);

// Takes data over, in place of those before; whoever calls it also draws them.
export function takeData(found) {
  refill(data, found);
  columns.length = 0;
  columns.push(...found.columns);
  points.length = 0;
  for (const row of found.points) points.push(row);
  refill(columnIndex, Object.fromEntries(columns.map((column, i) => [column.key, i])));
}

function refill(box, content) {
  for (const key of Object.keys(box)) delete box[key];
  Object.assign(box, content);
}
