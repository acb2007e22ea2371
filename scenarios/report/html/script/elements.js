// Finding and making elements. Strings become text nodes and never markup, so that the name of a
// model or a scenario can't add an element to the page.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

// An HTML element.
export function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// An SVG element.
export function draw(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// An SVG path of straight lines from place to place; kind is its class.
export function drawPath(kind, places) {
  const steps = places.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
  return draw("path", { class: kind, d: steps.join("") });
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
