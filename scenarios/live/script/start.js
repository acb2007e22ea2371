// What the server told the page at its start: the form, the parts, the exports.

import { dataOfPage } from "../../report/html/script/data.js";

export const start = dataOfPage();

// all fields by their key
export const fields = Object.fromEntries(
  start.form.flatMap((section) => section.fields).map((field) => [field.key, field]),
);
export const budgets = Object.keys(fields).filter((key) => fields[key].budget);
