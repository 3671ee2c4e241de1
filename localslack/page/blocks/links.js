// Names that lead somewhere: people, channels, addresses.

import { safeUrl } from "../dom.js";
import { channelName, displayName, store } from "../store.js";
import { h } from "../vendor/preact.js";

export function mention(user) {
  const mine = user === store.me;
  return h("span", { class: mine ? "mention mine" : "mention", "data-user": user }, `@${displayName(user)}`);
}

export const groupMention = (id, otherwise) =>
  h("span", { class: "mention" }, `@${store.usergroups.get(id)?.handle ?? otherwise ?? id}`);

export const broadcast = (range) => h("span", { class: "mention mine" }, `@${range}`);

export function channelLink(id) {
  if (!store.channels.has(id)) return h("span", { class: "mention" }, `#${channelName(id)}`);
  const href = `/?${new URLSearchParams({ as: store.me, channel: id })}`;
  return h("a", { class: "mention", href, "data-goto": id }, `#${channelName(id)}`);
}

// A link to a message of this workspace stays in the window; see `goto` in window.js.
export function link(url, text) {
  const href = safeUrl(url);
  if (!href) return text;
  const [, channel, digits] = /\/archives\/([CDG]\w+)\/p(\d{16})/.exec(href) ?? [];
  const ts = digits && `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  const here = store.channels.has(channel) ? { "data-goto": channel, "data-goto-ts": ts } : {};
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", ...here }, text);
}
