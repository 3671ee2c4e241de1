// What the panels may do with the window: read it, act as its person, go somewhere, point at something.
//
// A target is {ts} (a message), {view} (an open modal or App Home), {place} (a channel in the sidebar) or
// {composer: true}; within the first two, {block_id}, {action_id} and {label} narrow it down to an element.

import { act, get } from "./api.js";
import { store } from "./store.js";

const QUOTED = (value) => CSS.escape(String(value));

export function benchApi({ goTo, become, currentMessages, openView }) {
  return {
    me: () => store.me,
    get,
    post: (name, body) => act(name, body),
    subscribe,
    goTo,
    become,
    currentMessages,
    openView,
    elementFor,
    highlight,
  };
}

const listeners = new Set();

// `hear(change)` gets every change of the feed, after the window took it in. Gives what ends it.
function subscribe(hear) {
  listeners.add(hear);
  return () => listeners.delete(hear);
}

export function tellPanels(change) {
  for (const hear of listeners) hear(change);
}

function elementFor(target) {
  const holder = holderOf(target);
  if (!holder) return null;
  if (target.action_id) return holder.querySelector(`${blockOf(target)}[data-action-id="${QUOTED(target.action_id)}"]`);
  const usable = () => [...holder.querySelectorAll("button, label, a, [role=option]")];
  if (target.label) return usable().find((node) => reads(node) === target.label) ?? null;
  return target.block_id ? holder.querySelector(blockOf(target)) : holder;
}

const blockOf = (target) => (target.block_id ? `[data-block-id="${QUOTED(target.block_id)}"] ` : "");
const reads = (node) => (node.getAttribute("aria-label") || node.textContent).trim();

function holderOf({ ts, view, place, composer }) {
  if (ts) return document.querySelector(`#thread:not([hidden]) [data-ts="${QUOTED(ts)}"], #messages [data-ts="${QUOTED(ts)}"]`);
  if (view) return document.querySelector(`[data-view="${QUOTED(view)}"]`);
  if (place) return document.querySelector(`#sidebar [data-place="${QUOTED(place)}"]`);
  return composer ? document.querySelector("#composer textarea") : null;
}

// Point at it until the function given back is called; null when it is not on the screen.
function highlight(target) {
  const node = target instanceof Element ? target : elementFor(target);
  if (!node) return null;
  node.classList.add("highlighted");
  node.scrollIntoView({ block: "nearest" });
  return () => node.classList.remove("highlighted");
}
