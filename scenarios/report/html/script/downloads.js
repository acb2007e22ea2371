// What can be taken away: the table as CSV, the plot as SVG, a command as text.

import { columns, data, points } from "./data.js";
import { byId, make } from "./elements.js";
import { WIDTH, HEIGHT } from "./frame.js";

// spreadsheets take a text that starts with one of these for a formula
const FORMULA = /^[=+\-@\t\r]/;

export function wireDownloads() {
  saveAt("csv", "plans.csv", "text/csv", tableText);
  saveAt("svg", "plot.svg", "image/svg+xml", plotText);
}

// textNow: a function that gives the text when the button is used.
function saveAt(id, name, type, textNow) {
  byId(id).addEventListener("click", () => save(name, new Blob([textNow()], { type })));
}

// A button that copies a text, or selects its box where pages may not copy.
export function copyButton(box, textNow) {
  const button = make("button", { type: "button" }, "copy");
  const select = () => getSelection().selectAllChildren(box);
  const tell = () => button.replaceChildren("copied");
  button.addEventListener("click", () => {
    if (!navigator.clipboard) select();
    else navigator.clipboard.writeText(textNow()).then(tell, select);
  });
  return button;
}

export function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

function tableText() {
  const head = ["plan", ...columns.map((column) => column.label)];
  const rows = points.map((row, i) => [data.names[i], ...row]);
  return [head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
}

function csvCell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

// The plot with the style of the page, so that it looks the same elsewhere.
function plotText() {
  const svg = byId("plot").cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("width", WIDTH);
  svg.setAttribute("height", HEIGHT);
  svg.prepend(make("style", {}, styleText()));
  return new XMLSerializer().serializeToString(svg);
}

// The style of the page, wherever it stands.
function styleText() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return rules.map((rule) => rule.cssText).join("\n");
}
