// The start of the live planner: it wires the form, the cards and the answer, then asks.

import { byId } from "../../report/html/script/elements.js";
import { wireControls } from "../../report/html/script/controls.js";
import { wireDownloads } from "../../report/html/script/downloads.js";
import { wireTable } from "../../report/html/script/picking.js";
import { wirePlot } from "../../report/html/script/pointing.js";
import { answers, listeners } from "./answers.js";
import { asked, current, fromFile, keepLink, linkOf, readAsked, scenario } from "./asked.js";
import { ask, askSoon } from "./asking.js";
import { showAnswer, showFront, showTrouble } from "./board.js";
import { showCards } from "./cards.js";
import { buildForm, showForm } from "./form.js";
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
    answers.get(gone)?.calling?.abort();
    answers.delete(gone);
    if (asked.active >= i) asked.active = Math.max(asked.active - 1, 0);
    showCurrent();
  },
};

// Shows the current scenario, and asks for it and for those that have no answer yet.
function showCurrent() {
  showForm();
  showParts();
  showCards(acts);
  showFront(null);
  askSoon();
  for (const one of asked.scenarios) if (one !== current() && !answers.has(one)) ask(one);
}

function startListening() {
  listeners.started = (one) => {
    if (one !== current()) return;
    tellScreens(linkOf());
    startStatus(answers.get(one));
  };
  listeners.stepped = (one, step) => {
    if (step.step !== "front") showCards(acts);
    if (one !== current()) return;
    const answer = answers.get(one);
    if (step.step === "front") showFront(step);
    else showAnswer(answer);
    if (step.step === "plan" && step.status !== "optimal") showFront(null);
    showStatus(answer);
  };
  listeners.finished = (one) => {
    if (one === current()) showStatus(answers.get(one));
  };
  listeners.trouble = (message) => {
    if (message || byId("trouble").textContent.startsWith("The server")) showTrouble(message);
  };
}

function wireScenarios() {
  byId("another").addEventListener("click", () => {
    const { values, score, minimise } = current();
    const name = `scenario ${asked.scenarios.length + 1}`;
    asked.scenarios.push(scenario(name, values, { score, minimise }));
    asked.active = asked.scenarios.length - 1;
    showCurrent();
  });
  byId("store").hidden = !start.store;
  wireLoad((loaded) => {
    asked.scenarios = loaded.filter(({ action }) => action !== "pareto").map(fromFile);
    if (!asked.scenarios.length) readAsked();
    asked.active = 0;
    showCurrent();
  });
}

function restart() {
  readAsked();
  showCurrent();
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
  followScreen(restart);
  window.addEventListener("hashchange", restart);
  restart();
}

startPlanner();
