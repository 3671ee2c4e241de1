// What appears over a message one points at or has moved to: react, answer, and the menu with everything else.

import { act } from "../api.js";
import { toast } from "../dom.js";
import { tellFailure } from "../failures.js";
import { edit, openThread } from "../going.js";
import { store } from "../store.js";
import { confirmed } from "../ui/confirm.js";
import { EmojiButton } from "../ui/emoji.js";
import { icon } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { html } from "../vendor/preact.js";
import { react } from "./reactions.js";

export function Tools({ message, inThread, opened }) {
  if (message.is_ephemeral) return null;
  const thread = message.thread_ts ?? message.ts;
  return html`<div class="tools" role="group" aria-label="Actions">
    ${["white_check_mark", "eyes"].map((name) => html`<${Quick} name=${name} message=${message} />`)}
    <${EmojiButton} pick=${(name) => react(message, name)} opened=${opened}
      button=${{ class: "tool", "aria-label": "Add reaction", title: "Add reaction" }}>${icon("smile")}</${EmojiButton}>
    ${!inThread && html`<button type="button" class="tool" aria-label="Reply in thread" title="Reply in thread"
      onClick=${() => openThread(thread)}>${icon("reply")}</button>`}
    <${Menu} items=${entries(message)} opened=${opened}
      button=${{ class: "tool", "aria-label": "More actions", title: "More actions" }}>${icon("more")}</${Menu}>
  </div>`;
}

const Quick = ({ name, message }) => html`<button type="button" class="tool" aria-label=${`React with ${name}`} title=${`:${name}:`}
  onClick=${() => react(message, name)}>${name === "eyes" ? "👀" : "✅"}</button>`;

function entries(message) {
  const mine = message.user === store.me;
  const app = Boolean(message.bot_id);
  const shortcuts = store.workspace.shortcuts.filter((one) => one.type === "message");
  return [
    { label: "Copy link", act: () => copy(linkTo(message), "Link copied.") },
    { label: "Copy text", act: () => copy(message.text ?? "", "Text copied.") },
    mine && { label: "Edit message", act: () => edit(message.ts) },
    (mine || app) && { label: "Delete message…", danger: true, act: () => remove(message) },
    shortcuts.length > 0 && null,
    ...shortcuts.map((one) => ({ label: one.name, hint: store.workspace.bot_name, act: () => run(one, message) })),
  ].filter((entry) => entry !== false);
}

const linkTo = (message) => `${location.origin}/archives/${message.channel}/p${message.ts.replace(".", "")}`;

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast(text);
  }
}

async function run(shortcut, message) {
  tellFailure(await act("shortcut", { callback_id: shortcut.callback_id, channel: message.channel, message_ts: message.ts }));
}

const SURE = {
  title: { text: "Delete message" },
  text: { text: "Are you sure you want to delete this message? This cannot be undone." },
  confirm: { text: "Delete" },
  deny: { text: "Cancel" },
  style: "danger",
};

async function remove(message) {
  if (await confirmed(SURE)) await act("delete_message", { channel: message.channel, ts: message.ts });
}
