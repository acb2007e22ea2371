// Sections of a report as elements: sentences, tables, and plots made of characters.

import { make } from "../../report/html/script/elements.js";

// The elements of some sections; unfolded holds headings that the reader has opened.
export function sectionElements(sections, unfolded) {
  return sections.flatMap(({ heading, folded, blocks }) => {
    const said = blocks.map(blockElement);
    if (!heading) return said;
    if (!folded) return [make("h2", {}, heading), ...said];
    const open = unfolded.has(heading) ? { open: "" } : {};
    const box = make("details", open, make("summary", {}, make("h2", {}, heading)), ...said);
    box.addEventListener("toggle", () => {
      if (box.open) unfolded.add(heading);
      else unfolded.delete(heading);
    });
    return [box];
  });
}

function blockElement({ text, lines, columns, rows, header }) {
  if (text !== undefined) return make("p", {}, text);
  if (lines) return make("pre", {}, lines.join("\n"));
  const kinds = columns.map(([, right]) => (right ? {} : { class: "text" }));
  const cells = (kind, texts) => texts.map((cell, k) => make(kind, kinds[k], cell));
  const head = make("thead", {}, make("tr", {}, ...cells("th", columns.map(([name]) => name))));
  const body = make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells("td", row))));
  const table = make("table", { class: "said" }, ...(header ? [head] : []), body);
  return make("div", { class: "scroll", tabindex: "0" }, table);
}
