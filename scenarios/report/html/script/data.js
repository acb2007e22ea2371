// The data of the page, which Python wrote into it as JSON, and where each column stands.
//
// A point is a row with one value for each column; names and commands go by the same index.

export const data = JSON.parse(document.getElementById("data").textContent);
export const columns = data.columns;
export const points = data.points;

// the index of a column by its key: undefined where the page has no such column
export const columnIndex = Object.fromEntries(columns.map((column, i) => [column.key, i]));

export const isText = (column) => column.format === "text";
