// The scenarios side by side: a card for each, with what its best plan is.

import { byId, make } from "../../report/html/script/elements.js";
import { answers } from "./answers.js";
import { asked } from "./asked.js";

const BADGES = {
  optimal: ["badge", "proved optimal"],
  infeasible: ["badge none", "no plan"],
  unproved: ["badge open", "not proved"],
};

// acts: what to do when a card is chosen, named or taken away.
export function showCards(acts) {
  const box = byId("cards");
  const { id, selectionStart, selectionEnd } = document.activeElement ?? {};
  const within = box.contains(document.activeElement);
  const first = answers.get(asked.scenarios[0])?.plan;
  box.replaceChildren(...asked.scenarios.map((one, i) => card(one, i, first, acts)));
  if (!id || !within) return;
  byId(id)?.focus();
  // who is naming a scenario keeps the place in its name
  if (Number.isInteger(selectionStart)) byId(id)?.setSelectionRange(selectionStart, selectionEnd);
}

function card(one, i, first, acts) {
  const answer = answers.get(one) ?? {};
  const active = i === asked.active;
  const name = make("input", { type: "text", id: `name-${i}`, "aria-label": `name ${i + 1}` });
  name.value = one.name;
  name.addEventListener("input", () => acts.rename(i, name.value));
  const buttons = [];
  if (!active) buttons.push(button(`choose-${i}`, "show", () => acts.choose(i)));
  if (asked.scenarios.length > 1) {
    const gone = button(`remove-${i}`, "×", () => acts.remove(i));
    gone.setAttribute("aria-label", `take ${one.name} away`);
    buttons.push(gone);
  }
  const figures = make("dl", { class: answer.wrong ? "figures stale" : "figures" });
  const others = Object.fromEntries(first?.figures ?? []);
  for (const [what, value] of answer.plan?.figures ?? []) {
    const differs = i > 0 && others[what] !== value;
    figures.append(make("dt", {}, what), make("dd", { class: differs ? "differs" : "" }, value));
  }
  for (const [what, value] of one.score ? answer.takes?.figures ?? [] : []) {
    figures.append(make("dt", {}, `${one.score} takes, ${what}`), make("dd", {}, value));
  }
  const head = make("div", { class: "named" }, name, ...buttons);
  const look = { class: active ? "card active" : "card", "data-scenario": i };
  return make("article", look, head, badge(answer), figures);
}

function badge({ plan, wrong }) {
  if (wrong) return make("span", { class: "badge none" }, "not a valid question");
  if (!plan) return make("span", { class: "badge open" }, "being proved");
  const [look, text] = BADGES[plan.status] ?? BADGES.unproved;
  return make("span", { class: look }, text);
}

function button(id, text, act) {
  const made = make("button", { type: "button", id }, text);
  made.addEventListener("click", act);
  return made;
}
