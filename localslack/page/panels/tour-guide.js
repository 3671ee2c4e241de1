// The guide's hand: points at what is to be used next, and does a step in the visitor's sight.

import { byId } from "../dom.js";
import { store } from "../store.js";

const SEEN = 1100; // milliseconds that something stays marked before it happens
const DRAWN = 60; // milliseconds for the window to draw what changed

// Marks one thing at a time, and marks it again when the window was drawn anew; `redrawn()` hears of that, too.
export function pointer(api, redrawn) {
  let tour = null;
  let marked = null;
  let unmark = null;
  let timer = null;
  const mark = () => {
    timer = null;
    redrawn();
    const node = tour?.person ? whereTo(api, tour) : null;
    if (node === marked && (!node || node.classList.contains("highlighted"))) return;
    unmark?.();
    marked = node;
    unmark = node && api.highlight(node);
  };
  const again = () => (timer ??= setTimeout(mark, DRAWN));
  new MutationObserver(again).observe(byId("app"), { childList: true, subtree: true });
  return { at: (running) => ((tour = running), again()) };
}

// The element to be used next: to be who does it, to go where it is done, to do it.
function whereTo(api, { person, target }) {
  if (person !== api.me()) return byId("who");
  if (!target) return null;
  if (store.place !== target.channel) return api.elementFor({ place: target.channel });
  if (target.ts) return api.elementFor({ ts: target.ts, block_id: target.block_id, action_id: target.action_id });
  return api.elementFor({ composer: true })?.closest(".compose-row") ?? null;
}

export async function become(api, { person, target }) {
  await api.become(person);
  if (target && store.place !== target.channel) api.goTo(target.channel, target.ts);
}

// Play the step that the visitor was asked to do, as whoever does it.
export async function doIt(api, tour) {
  if (tour.person !== api.me() || store.place !== tour.target?.channel) await become(api, tour);
  await pause(2 * DRAWN);
  const text = tour.target?.text;
  const box = text && api.elementFor({ composer: true });
  if (box) write(box, text);
  const node = whereTo(api, tour);
  const unmark = node && api.highlight(node);
  await pause(SEEN);
  unmark?.();
  await api.post("tour_play", {});
  if (box) write(box, "");
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function write(box, text) {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
