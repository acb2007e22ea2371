// The meeting's screen: a window without the form that follows the window that opened it.

import { byId } from "../../report/html/script/elements.js";

const FOLLOWING = new URLSearchParams(location.search).has("screen");
const channel = new BroadcastChannel("flopwise");

// Tells the screens what is asked now.
export function tellScreens(link) {
  byId("screen").href = `/?screen=1${link}`;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- channels have none
  if (!FOLLOWING) channel.postMessage(link);
}

// act is called when the window that this one follows asks something else.
export function followScreen(act) {
  if (!FOLLOWING) return;
  document.body.classList.add("screen");
  channel.addEventListener("message", ({ data: link }) => {
    history.replaceState(null, "", link);
    act();
  });
}
