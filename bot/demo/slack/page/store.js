// What this window knows: the workspace, and names for ids.

import { el } from "./dom.js";

export const store = { me: "", workspace: {}, people: new Map(), channels: new Map(), messages: new Map(), home: null };

export function fill(state) {
  store.me = state.me;
  store.workspace = state.workspace;
  store.people = new Map(state.people.map((person) => [person.id, person]));
  store.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  store.messages = new Map(
    Object.entries(state.messages).map(([id, list]) => [id, new Map(list.map((m) => [m.ts, m]))]),
  );
  store.home = state.home;
}

export function displayName(user) {
  if (user === store.workspace.bot) return store.workspace.bot_name;
  if (user === "USLACKBOT") return "Slackbot";
  return store.people.get(user)?.real_name || user;
}

export function channelName(id) {
  const channel = store.channels.get(id);
  if (!channel) return id;
  return channel.kind === "channel" ? channel.name : displayName(store.workspace.bot);
}

export function mention(user) {
  const mine = user === store.me;
  return el("span", { class: mine ? "mention mine" : "mention", "data-user": user }, `@${displayName(user)}`);
}

export function broadcast(range) {
  return el("span", { class: "mention mine" }, `@${range}`);
}

export function channelLink(id) {
  return el("a", { class: "mention", href: `?as=${store.me}&channel=${id}`, "data-goto": id }, `#${channelName(id)}`);
}

const hues = [212, 152, 32, 282, 342, 182, 92, 252, 12, 122];

export function avatar(user) {
  const name = displayName(user);
  const initials = name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const sum = [...user].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  const app = user === store.workspace.bot;
  const props = { class: app ? "avatar app" : "avatar", "aria-hidden": "true" };
  return el("span", { ...props, style: { "--hue": hues[sum % hues.length] } }, initials);
}
