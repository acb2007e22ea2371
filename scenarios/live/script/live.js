// The start of the live planner: it wires the form, the cards and the answer, then asks.

import { byId } from "../../report/html/script/elements.js";
import { wireControls } from "../../report/html/script/controls.js";
import { wireDownloads } from "../../report/html/script/downloads.js";
import { wireTable } from "../../report/html/script/picking.js";
import { wirePlot } from "../../report/html/script/pointing.js";
import { answers, listeners } from "./answers.js";
import { adopt, asked, current, firstAsked, freshName, planned, scenario } from "./asked.js";
import { ask, askSoon, forget } from "./asking.js";
import { agePlots, showAnswer, showFront, showTrouble } from "./board.js";
import { showCards } from "./cards.js";
import { buildForm, showForm } from "./form.js";
import { keepLink, linkOf, readLinked } from "./linked.js";
import { buildParts, showParts } from "./parts.js";
import { followScreen, tellScreens } from "./screen.js";
import { start } from "./start.js";
import { showStatus, startStatus } from "./status.js";
import { wireLoad, wireTake } from "./take.js";

const acts = {
  choose: (i) => {
    asked.active = i;
    showCurrent();
  },
  rename: (i, name) => {
    asked.scenarios[i].name = name;
    keepLink();
  },
  remove: (i) => {
    const [gone] = asked.scenarios.splice(i, 1);
    forget(gone);
    if (asked.active >= i) asked.active = Math.max(asked.active - 1, 0);
    showCurrent();
  },
};

// Shows the current scenario, and asks for it and for those that have no answer yet.
function showCurrent() {
  const answer = answers.get(current());
  showForm();
  showParts();
  showCards(acts);
  showAnswer(answer);
  showFront(answer?.front ?? null);
  askSoon();
  for (const one of asked.scenarios) if (one !== current() && !answers.has(one)) ask(one);
}

// Takes over scenarios from a link, a file or another window.
function takeOver(found) {
  const { changed, gone } = adopt(found);
  gone.forEach(forget);
  for (const one of changed) if (one !== current() && answers.has(one)) ask(one);
  showCurrent();
}

function startListening() {
  listeners.started = (one) => {
    if (one !== current()) return;
    tellScreens(linkOf());
    agePlots();
    startStatus(answers.get(one));
  };
  listeners.stepped = (one, step) => {
    if (step.step !== "front") showCards(acts);
    if (one !== current()) return;
    const answer = answers.get(one);
    if (step.step === "front") showFront(step);
    else showAnswer(answer);
    showStatus(answer);
  };
  listeners.finished = (one) => {
    if (one !== current()) return;
    const answer = answers.get(one);
    showAnswer(answer);
    if (!answer.front) showFront(null);
    showStatus(answer);
  };
  listeners.trouble = (message) => showTrouble(message, "server");
}

function wireScenarios() {
  byId("another").addEventListener("click", () => {
    const { values, score, minimise } = current();
    asked.scenarios.push(scenario(freshName(), values, { score, minimise }));
    asked.active = asked.scenarios.length - 1;
    showCurrent();
  });
  byId("store").hidden = !start.store;
  wireLoad((loaded) => {
    const scenarios = planned(loaded);
    if (scenarios.length) takeOver({ scenarios, active: 0 });
    else showTrouble("The file asks for fronts alone, which the planner does not load.", "file");
  });
  // what was wrong with a file is read once something else is done
  for (const done of ["click", "input"]) {
    document.addEventListener(done, () => showTrouble("", "file"), true);
  }
  byId("skip").addEventListener("click", () => byId("answer").focus());
}

// Takes over the link of the page, if it says something.
function followLink() {
  const found = readLinked(location.hash);
  if (found.scenarios.length) takeOver(found);
}

function startPlanner() {
  startListening();
  buildForm();
  buildParts(() => {
    showForm();
    askSoon();
  });
  wireScenarios();
  wireTake();
  wireControls();
  wireDownloads();
  wirePlot();
  wireTable();
  followScreen(followLink);
  window.addEventListener("hashchange", followLink);
  const linked = readLinked(location.hash);
  takeOver(linked.scenarios.length ? linked : firstAsked());
}

startPlanner();
