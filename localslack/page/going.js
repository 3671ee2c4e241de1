// Where this window is: channels, threads, App Home, links to messages.

import { act, messagesOf } from "./api.js";
import { HOME, addOlder, redraw, store } from "./store.js";
import { markRead } from "./unread.js";

const PAGE = 100; // messages loaded at once
const FLASH = 3000; // ms a message stays marked to which a link led

export function go(place) {
  if (place !== HOME && !store.channels.has(place)) return;
  store.place = place;
  store.thread = null;
  store.menuOpen = false;
  rememberNew();
  remember();
  redraw();
  if (place === HOME) act("open_home", {});
}

// What is unread now is marked as new for as long as one stays.
export function rememberNew() {
  store.newFrom = store.reads[store.place] ?? "";
  store.newTo = [...(store.messages.get(store.place)?.keys() ?? [])].reduce((a, b) => (a > b ? a : b), "");
}

// Keep the address such that a reload comes back here.
export function remember() {
  const query = new URLSearchParams(location.search);
  query.set("as", store.me);
  query.set("channel", store.place);
  query.delete("ts");
  history.replaceState(null, "", `?${query}`);
}

export async function openThread(ts) {
  store.thread = ts;
  redraw();
  const channel = store.place;
  for (const message of await messagesOf(channel, { thread: ts })) store.messages.get(channel).set(message.ts, message);
  redraw();
}

export function closeThread() {
  store.thread = null;
  redraw();
}

export async function loadOlder(channel) {
  const before = store.since.get(channel);
  if (!before) return;
  addOlder(channel, await messagesOf(channel, { before, limit: PAGE }), PAGE);
  redraw();
}

// Open a channel, and in it a message or a reply; it is loaded when it is not there yet.
export async function goTo(channel, ts) {
  if (store.place !== channel) go(channel);
  if (!ts || store.place !== channel || channel === HOME) return;
  while (ts < store.since.get(channel)) await loadOlder(channel);
  const message = store.messages.get(channel)?.get(ts);
  if (message?.thread_ts && message.thread_ts !== ts) await openThread(message.thread_ts);
  store.pointed = ts;
  redraw();
  setTimeout(() => {
    if (store.pointed === ts) store.pointed = null;
    redraw();
  }, FLASH);
}

// Change one's own message in its place; null ends it.
export function edit(ts) {
  store.editing = ts;
  redraw();
}

export function showMenu(open) {
  store.menuOpen = open;
  redraw();
}

// Reading is looking at it: the window has the focus and the newest is in sight.
export function seen(channel, thread) {
  if (document.hasFocus()) markRead(channel, thread);
}
