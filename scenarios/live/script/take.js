// Taking away: the command, the scenario file, and the answer as files of other programs.

import { copyButton, save } from "../../report/html/script/downloads.js";
import { byId, make } from "../../report/html/script/elements.js";
import { showTrouble } from "./board.js";
import { asked, current } from "./asked.js";
import { linkOf } from "./linked.js";
import { start } from "./start.js";

const NAMES = { json: "JSON", csv: "CSV", html: "report", markdown: "Markdown", proof: "proof" };
const DOCUMENTS = Object.keys(NAMES);
const JSON_SENT = { "Content-Type": "application/json" };

export function wireTake() {
  const command = byId("command");
  const copied = copyButton(command, () => command.textContent);
  copied.textContent = "copy the command";
  const linked = copyButton(command, () => new URL(linkOf(), location.href).href);
  linked.textContent = "copy the link";
  const file = make("button", { type: "button", id: "take-scenarios" }, "scenario file");
  file.addEventListener("click", takeScenarios);
  const documents = DOCUMENTS.map((kind) => {
    const look = { type: "button", id: `take-${kind}`, "data-needs-plan": "" };
    const made = make("button", look, NAMES[kind]);
    made.addEventListener("click", () => takeFile(kind));
    return made;
  });
  const kinds = start.exports.filter((kind) => !DOCUMENTS.includes(kind));
  const look = { id: "take-framework", "aria-label": "files for a framework" };
  const list = make("select", { ...look, "data-needs-plan": "" });
  list.append(make("option", { value: "" }, "files for ..."));
  list.append(...kinds.map((kind) => make("option", {}, kind)));
  list.addEventListener("change", () => {
    if (list.value) takeFile(list.value);
    list.value = "";
  });
  byId("take").append(copied, linked, file, ...documents, list);
}

function takeFile(kind) {
  const { values } = current();
  taken(`/take/${kind}`, { values });
}

function takeScenarios() {
  const scenarios = asked.scenarios.map(({ name, values, score }) => ({ name, values, score }));
  taken("/take/scenarios", { scenarios });
}

// Saves what the server sends under the name that it gives, or tells why there is nothing.
function taken(place, content) {
  fetch(place, { method: "POST", headers: JSON_SENT, body: JSON.stringify(content) })
    .then((response) => {
      if (!response.ok) return response.json().then(({ message }) => showTrouble(message, "file"));
      const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"))[1];
      return response.blob().then((blob) => save(name, blob));
    })
    .catch(() => showTrouble("The server does not answer.", "file"));
}

// Loads a scenario file; act gets its scenarios.
export function wireLoad(act) {
  const input = byId("load");
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    file
      .text()
      .then((text) => JSON.stringify({ name: file.name, text }))
      .then((body) => fetch("/load", { method: "POST", headers: JSON_SENT, body }))
      .then((response) => response.json())
      .then(({ scenarios, problems, message }) => {
        input.value = "";
        showTrouble(scenarios ? "" : (problems ?? [message]).join("; "), "file");
        if (scenarios) act(scenarios);
      })
      .catch(() => showTrouble("The file can't be read.", "file"));
  });
}
