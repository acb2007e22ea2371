// The answer to the current scenario: the plan in a sentence, what goes with it, and the front.

import { takeData } from "../../report/html/script/data.js";
import { byId, make } from "../../report/html/script/elements.js";
import { showAll } from "../../report/html/script/shown.js";
import { renewState } from "../../report/html/script/state.js";
import { sectionElements } from "./said.js";
import { showWrong } from "./control.js";

// headings that the reader has opened, which stay open from answer to answer
const unfolded = new Set();

const troubles = { question: "", file: "", server: "" };

const NOTHING = { lead: "", chips: [], remarks: [], sections: [], figures: [], command: "" };

// Shows an answer; an empty board where there is none yet.
export function showAnswer(answer) {
  const { plan = NOTHING, wrong, missed, takes } = answer ?? {};
  byId("shown").classList.toggle("stale", Boolean(wrong));
  showPlan(plan);
  const missing = missed?.of === "takes" && !wrong ? missed : null;
  const [place, message] = missing ? ["takes", missing.message] : [wrong?.key, wrong?.message];
  const placed = showWrong(place, message);
  if (wrong) showTrouble(placed ? `Not a valid question: ${wrong.message}` : wrong.message);
  else showTrouble("");
  byId("command").classList.toggle("stale", Boolean(wrong));
  for (const taking of byId("take").querySelectorAll("[data-needs-plan]")) {
    taking.disabled = Boolean(wrong) || !plan.command;
  }
  showTakes(missing ? null : takes);
}

// What is wrong with the question, with a file, or with the server: each stays until its own ends.
export function showTrouble(message, of = "question") {
  troubles[of] = message;
  const told = Object.values(troubles).filter(Boolean).join(" ");
  byId("trouble").textContent = told;
  byId("trouble").hidden = !told;
}

const chip = ([name, value]) => make("li", {}, make("b", {}, name), ` ${value}`);
const remark = ([kind, text]) => make("p", { class: "warning" }, `${kind}: ${text}`);

function showPlan(plan) {
  byId("lead").textContent = plan.lead;
  const [, score] = plan.figures.find(([name]) => name === "score") ?? [];
  const short = `${score} ${plan.status}: ${plan.lead.split(":")[0]}`;
  byId("now").textContent = score ? short : plan.lead;
  byId("chips").replaceChildren(...plan.chips.map(chip));
  byId("remarks").replaceChildren(...plan.remarks.map(remark));
  byId("said").replaceChildren(...sectionElements(plan.sections, unfolded));
  byId("command").textContent = plan.command;
}

function showTakes(takes) {
  const box = byId("takes");
  if (!takes) return box.replaceChildren();
  const said = sectionElements(takes.sections.slice(0, 2), unfolded);
  const command = make("pre", { tabindex: "0" }, takes.command);
  return box.replaceChildren(make("h2", {}, takes.title), ...said, command);
}

// Marks the front as that of an earlier question.
export function agePlots() {
  byId("front").classList.add("stale");
}

export function showFront(front) {
  byId("front").hidden = !front;
  byId("front").classList.remove("stale");
  if (!front) return;
  takeData({ ...front.data, live: true });
  renewState();
  showAll();
}
