// The form: a control for each field, whose changes ask anew at once.

import { byId, make } from "../../report/html/script/elements.js";
import { askSoon } from "./asking.js";
import { budgetOf, current, give, valueOf } from "./asked.js";
import { showControl, sliderControls } from "./control.js";
import { listedPrice } from "./prices.js";
import { budgets, fields, start } from "./start.js";

const OPEN = ["Cluster", "Budget, in one way"];

export function buildForm() {
  const form = byId("form");
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const { title, fields: shown } of start.form) {
    const box = make("details", OPEN.includes(title) ? { open: "" } : {});
    box.append(make("summary", {}, title));
    if (shown.some((field) => field.budget)) box.append(budgetChoice());
    box.append(...shown.map(control));
    form.append(box);
    if (title === OPEN[1]) form.append(goalBox());
  }
}

// Shows the values of the current scenario in all controls.
export function showForm() {
  for (const key of Object.keys(fields)) showControl(fields[key], valueOf(key));
  const chosen = budgetOf();
  byId("budget").value = chosen;
  for (const key of budgets) byId(`field-${key}`).hidden = key !== chosen;
  byId("f-score").value = current().score;
  byId("f-minimise").value = current().minimise;
}

function control(field) {
  const box = make("div", { class: `field ${field.kind}`, id: `field-${field.key}` });
  const input = inputOf(field);
  const told = [`help-${field.key}`, `wrong-${field.key}`];
  input.setAttribute("aria-describedby", told.join(" "));
  box.append(make("label", { for: input.id, title: field.help }, field.label), input);
  if (field.kind === "slider" || field.kind === "span") {
    box.append(sliderControls(field, (text) => changed(field.key, text)));
  }
  box.append(make("p", { class: "help", id: told[0] }, field.help));
  box.append(make("p", { class: "wrong", id: told[1], hidden: "" }));
  return box;
}

function inputOf(field) {
  const id = `f-${field.key}`;
  if (field.kind === "switch") {
    const box = make("input", { type: "checkbox", id });
    box.addEventListener("change", () => changed(field.key, box.checked));
    return box;
  }
  if (field.kind === "choice") {
    const usual = make("option", { value: "" }, field.usual || "as usual");
    const others = field.choices.filter((name) => name !== field.usual);
    const list = make("select", { id }, usual, ...others.map((name) => make("option", {}, name)));
    list.addEventListener("change", () => changed(field.key, list.value));
    return list;
  }
  const text = make("input", { type: "text", id, spellcheck: "false" });
  if (field.offered.length) {
    const offers = make("datalist", { id: `offers-${field.key}` });
    offers.append(...field.offered.map((value) => make("option", { value })));
    byId("form").append(offers);
    text.setAttribute("list", offers.id);
  } else text.setAttribute("placeholder", field.example && `e.g. ${field.example}`);
  text.addEventListener("input", () => changed(field.key, text.value.trim()));
  return text;
}

function changed(key, value) {
  give(key, value);
  showControl(fields[key], value);
  askSoon();
}

// Which limit the budget is; the others are kept for when they are chosen again.
function budgetChoice() {
  const list = make("select", { id: "budget" });
  list.append(...budgets.map((key) => make("option", { value: key }, fields[key].label)));
  list.addEventListener("change", () => {
    const before = budgetOf();
    const { spare } = current();
    spare[before] = valueOf(before);
    give(before, "");
    give(list.value, spare[list.value] || fields[list.value].example);
    if (list.value === "cost" && !valueOf("price")) give("price", listedPrice());
    showForm();
    askSoon();
  });
  return make("div", { class: "field" }, make("label", { for: "budget" }, "budget in"), list);
}

// What would it take: a score to reach, whatever the budget is.
function goalBox() {
  const box = make("details", {}, make("summary", {}, "What would it take?"));
  const score = make("input", { type: "text", id: "f-score", placeholder: "e.g. 80" });
  const costs = ["", ...start.costs].map((name) =>
    make("option", { value: name }, name || "as usual"),
  );
  const cost = make("select", { id: "f-minimise" }, ...costs);
  const slider = sliderControls({ key: "score", kind: "slider", low: 30, high: 90 }, (text) => {
    score.value = text;
    current().score = text;
    askSoon();
  });
  for (const [input, key] of [[score, "score"], [cost, "minimise"]]) {
    input.addEventListener("input", () => {
      current()[key] = input.value.trim();
      askSoon();
    });
  }
  const wrong = make("p", { class: "wrong", id: "wrong-takes", hidden: "" });
  const label = make("label", { for: "f-score" }, "score to reach");
  const least = make("label", { for: "f-minimise" }, "with the least");
  box.append(make("div", { class: "field slider" }, label, score, slider, wrong));
  box.append(make("div", { class: "field" }, least, cost));
  return box;
}
