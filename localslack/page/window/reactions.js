// Reactions below a message: who reacted how, and one's own to add or take back.

import { act } from "../api.js";
import { displayName, store } from "../store.js";
import { EmojiButton, emoji } from "../ui/emoji.js";
import { icon } from "../ui/icons.js";
import { html } from "../vendor/preact.js";

export function Reactions({ message }) {
  if (!message.reactions?.length) return null;
  return html`<div class="reactions">
    ${message.reactions.map((one) => html`<${Reaction} key=${one.name} one=${one} message=${message} />`)}
    <${EmojiButton} pick=${(name) => react(message, name)}
      button=${{ class: "reaction add", "aria-label": "Add reaction" }}>${icon("smile", 16)}</${EmojiButton}>
  </div>`;
}

function Reaction({ one, message }) {
  const mine = one.users.includes(store.me);
  const who = one.users.map((user) => (user === store.me ? "you" : displayName(user))).join(", ");
  return html`<button type="button" class=${mine ? "reaction mine" : "reaction"} aria-pressed=${String(mine)}
    aria-label=${`${one.name}, ${one.count}: ${who}`} title=${`${who} reacted with :${one.name}:`}
    onClick=${() => react(message, one.name)}>
    <span>${emoji(one.name) ?? `:${one.name}:`}</span><span>${one.count}</span></button>`;
}

// Add one's own reaction, or take it back.
export function react(message, name) {
  const mine = message.reactions?.find((one) => one.name === name)?.users.includes(store.me) ?? false;
  return act("react", { channel: message.channel, ts: message.ts, name, remove: mine });
}
