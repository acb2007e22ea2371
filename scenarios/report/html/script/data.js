// The data that Python wrote into the page as JSON.
//
// A point is a row with one value for each column. Its name and its command have the same index.

export const data = JSON.parse(document.getElementById("data").textContent);
export const columns = data.columns;
export const points = data.points;

// the index of each column, by its key
export const columnIndex = Object.fromEntries(columns.map((column, i) => [column.key, i]));

export const isText = (column) => column.format === "text";
