// The accelerators with their prices: choosing some of them compares the plans on each.

import { byId, make } from "../../report/html/script/elements.js";
import { current, give } from "./asked.js";
import { meant } from "./prices.js";
import { start } from "./start.js";

const HEADINGS = ["", "accelerator", "bf16 TFLOP/s", "GB", "parts a domain", "$ listed", "your $"];

// act is called when the choice has changed.
export function buildParts(act) {
  const box = make("details", { id: "parts-box" });
  const head = make("tr", {}, ...HEADINGS.map((text) => make("th", {}, text)));
  const body = make("tbody", { id: "parts-rows" }, ...start.parts.map((part) => row(part, act)));
  const table = make("table", {}, make("thead", {}, head), body);
  box.append(make("summary", {}, make("h2", {}, "Accelerators and prices")));
  box.append(make("p", { class: "soft" }, "Mark several to compare the best plan on each."));
  box.append(make("div", { class: "scroll", tabindex: "0" }, table));
  byId("parts").append(box);
}

function row(part, act) {
  const label = `compare ${part.name}`;
  const mark = make("input", { type: "checkbox", "aria-label": label, "data-part": part.typed });
  const look = { type: "text", "aria-label": `price of ${part.name}`, inputmode: "decimal" };
  const price = make("input", { ...look, "data-price": part.typed });
  for (const input of [mark, price]) {
    input.addEventListener("change", () => {
      chosen();
      act();
    });
  }
  const { low, high, listed } = part;
  const dollars = low === null ? "" : [...new Set([low, high ?? low])].join("-");
  const cells = [part.tflops, part.memory?.toFixed(0) ?? "", part.domain ?? ""];
  const known = make("td", { title: listed && `listed ${listed}` }, dollars);
  const texts = cells.map((text) => make("td", {}, String(text)));
  const name = make("td", { class: "text" }, part.name);
  return make("tr", {}, make("td", {}, mark), name, ...texts, known, make("td", {}, price));
}

// Gives the parts that are marked, and the prices of those that have one.
function chosen() {
  const marked = [...byId("parts-rows").querySelectorAll("input:checked")];
  const names = marked.map((input) => input.dataset.part);
  const priced = names
    .map((name) => [name, document.querySelector(`[data-price="${CSS.escape(name)}"]`).value])
    .filter(([, text]) => text.trim());
  if (names.length) give("gpu", names.join(","));
  const several = names.length > 1;
  const texts = priced.map(([name, text]) => (several ? `${name}=${text.trim()}` : text.trim()));
  if (names.length && (texts.length === names.length || !texts.length)) {
    give("price", texts.join(","));
  }
}

// Marks the parts that the current scenario names.
export function showParts() {
  const { gpu = "", price = "" } = current().values;
  const names = gpu.split(",").map(meant);
  const each = price.split(",").map((text) => text.split("="));
  const pairs = each.filter((pair) => pair.length === 2);
  const prices = Object.fromEntries(pairs.map(([name, text]) => [meant(name), text]));
  for (const input of byId("parts-rows").querySelectorAll("input")) {
    const { part, price: priced } = input.dataset;
    if (part) input.checked = names.includes(part);
    else if (input !== document.activeElement) {
      const alone = names.length === 1 && names[0] === priced ? price : "";
      input.value = prices[priced] ?? alone;
    }
  }
}
