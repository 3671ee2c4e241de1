// Where the window begins: who and where the address says, the drawing, the live changes, the panels.

import { follow } from "./api.js";
import { benchApi, tellPanels } from "./bench.js";
import { begin, take } from "./changes.js";
import { byId } from "./dom.js";
import { go, goTo } from "./going.js";
import { setUpPanels } from "./panels.js";
import { HOME, mainMessages, onDraw, redraw, store } from "./store.js";
import { html, render } from "./vendor/preact.js";
import { drawWho } from "./who.js";
import { Window } from "./window/window.js";

const LOST_AFTER = 1500; // ms without a connection before it is worth a word

const asked = new URLSearchParams(location.search);
let unfollow = () => {};
let lostTimer = null;

// Be `user` from now on; the panels stay as they are.
async function become(user) {
  unfollow();
  store.thread = null;
  await begin(user);
  if (store.place === HOME) go(HOME);
  unfollow = follow(store.me, { heard, opened, lost });
}

function heard(change) {
  take(change);
  tellPanels(change);
}

// What happened while there was no connection is not told again, so everything is read anew.
function opened() {
  clearTimeout(lostTimer);
  lostTimer = null;
  store.connected = true;
  begin(store.me);
}

function lost() {
  lostTimer ??= setTimeout(() => {
    store.connected = false;
    redraw();
  }, LOST_AFTER);
}

store.place = asked.get("channel");
onDraw(() => {
  drawWho(become);
  render(html`<${Window} />`, byId("app"));
});
await become(asked.get("as") ?? "");
if (asked.get("ts")) goTo(store.place, asked.get("ts"));
window.addEventListener("focus", redraw);
setUpPanels(
  benchApi({
    goTo,
    become,
    currentMessages: () => mainMessages(store.place),
    openView: () => store.views.at(-1) ?? (store.place === HOME ? store.home : null),
  }),
);
