// The left side: channels, the app, and who this window is.

import { byId, el } from "./dom.js";
import { store } from "./store.js";

const unread = new Map();

export const HOME = "HOME";

export function addUnread(channel) {
  unread.set(channel, (unread.get(channel) || 0) + 1);
}

export function clearUnread(channel) {
  unread.delete(channel);
}

export function drawSidebar(current, go) {
  const channels = [...store.channels.values()];
  byId("workspace-name").textContent = store.workspace.name;
  byId("places").replaceChildren(
    group("Channels", channels.filter((c) => c.kind === "channel").map((c) => place(c, current, go))),
    group("Apps", [appPlace(direct(), current, go)]),
  );
}

// The direct messages with the bot.
export const direct = () => [...store.channels.values()].find((channel) => channel.kind === "im");

function group(name, items) {
  return el("section", {}, el("h3", {}, name), el("ul", {}, items.map((item) => el("li", {}, item))));
}

function place(channel, current, go) {
  return row(channel.id, channel.private ? "🔒" : "#", channel.name, channel.id === current, go);
}

function appPlace(channel, current, go) {
  return row(channel.id, "", store.workspace.bot_name, [HOME, channel.id].includes(current), () =>
    go(unread.get(channel.id) ? channel.id : HOME),
  );
}

function row(id, sign, name, here, go) {
  const count = unread.get(id) || 0;
  return el(
    "button",
    {
      class: `place${here ? " here" : ""}${count ? " unread" : ""}`,
      type: "button",
      "data-place": id,
      "aria-current": here ? "page" : undefined,
      "aria-label": count ? `${name}, ${count} unread` : name,
      onclick: () => go(id),
    },
    el("span", { class: sign ? "sign" : "sign dot" }, sign || " "),
    el("span", { class: "place-name" }, name),
    count ? el("span", { class: "badge" }, String(count)) : null,
  );
}

export function drawWho(change) {
  const select = byId("who");
  const rows = [...store.people.values()].map((person) =>
    el("option", { value: person.id, disabled: person.deleted }, person.guest ? `${person.real_name} (guest)` : person.real_name),
  );
  select.replaceChildren(...rows);
  select.value = store.me;
  select.onchange = () => change(select.value);
}
