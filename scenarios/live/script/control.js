// One control: its text and its sliders, which show the same value, and what is wrong with it.

import { byId, make } from "../../report/html/script/elements.js";
import { numberOf, placeOf, textAt } from "./slide.js";

const ENDS = ["least", "most"];

// The sliders of a field: one, or two for the ends of a range; act gets the text they stand for.
export function sliderControls(field, act) {
  const names = field.kind === "span" ? ENDS : [""];
  const sliders = names.map((end) => {
    const name = `${field.label ?? "score to reach"}${end && `, ${end}`}`;
    const look = { type: "range", min: 0, max: 1000, step: 1, id: `s-${field.key}${end}` };
    return make("input", { ...look, "aria-label": `${name}, slider` });
  });
  const texts = () => sliders.map((slider) => textAt(field, Number(slider.value)));
  const moved = (k) => () => {
    if (sliders.length === 1) return act(texts()[0]);
    const [low, high] = sliders.map((slider) => Number(slider.value));
    // an end that is passed by the other goes along
    if (low > high) sliders[1 - k].value = sliders[k].value;
    const [from, to] = texts();
    const open = [Number(sliders[0].value) === 0, Number(sliders[1].value) === 1000];
    if (open[0] && open[1]) return act("");
    return act(`${open[0] ? "" : from}:${open[1] ? "" : to}`);
  };
  sliders.forEach((slider, k) => slider.addEventListener("input", moved(k)));
  return make("div", { class: "sliders" }, ...sliders);
}

// Shows a value in the text and the sliders of a field; what is being typed stays as it is.
export function showControl(field, value) {
  const input = byId(`f-${field.key}`);
  if (field.kind === "switch") input.checked = value === "" ? field.on : value;
  else if (input !== document.activeElement) input.value = value;
  if (field.kind === "slider") place(field, "", value, numberOf(field.example) ?? field.low);
  if (field.kind !== "span") return;
  const [low, high] = String(value).split(":");
  place(field, ENDS[0], low, field.low);
  place(field, ENDS[1], high === undefined ? low : high, field.high);
}

// A slider whose value can't be told from the text stays where it is.
function place(field, end, text, otherwise) {
  const slider = byId(`s-${field.key}${end}`);
  const empty = text === "" || text === undefined;
  slider.classList.toggle("unset", empty);
  if (slider === document.activeElement) return;
  const number = empty ? otherwise : numberOf(text);
  if (number !== null) slider.value = placeOf(field, number);
}

// Tells what is wrong with a field, in its place; all others are right.
export function showWrong(key, message) {
  for (const told of document.querySelectorAll(".wrong")) {
    told.hidden = true;
    told.textContent = "";
  }
  for (const input of document.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
  }
  const told = byId(`wrong-${key}`);
  if (!told || !message) return false;
  told.textContent = message;
  told.hidden = false;
  for (const box of [told.closest("details"), told.closest(".field")]) {
    if (box?.tagName === "DETAILS") box.open = true;
    else if (box) box.hidden = false;
  }
  byId(`f-${key}`)?.setAttribute("aria-invalid", "true");
  return true;
}
