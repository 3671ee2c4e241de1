// What is attached to a message: text with a bar beside it, blocks, and buttons and menus of the old kind.

import { act } from "../api.js";
import { Blocks } from "../blocks/blocks.js";
import { mrkdwn, withEmoji } from "../blocks/mrkdwn.js";
import { freshId, safeUrl } from "../dom.js";
import { store } from "../store.js";
import { Combobox } from "../ui/combobox.js";
import { confirmed } from "../ui/confirm.js";
import { html, useState } from "../vendor/preact.js";

export const allBlocks = (message) => [
  ...(message.blocks ?? []),
  ...(message.attachments ?? []).flatMap((one) => one.blocks ?? []),
];

export function Attachment({ one, message, context }) {
  return html`<div class="attachment" style=${{ "--bar": color(one.color) }}>
    ${one.pretext && html`<div>${mrkdwn(one.pretext)}</div>`}
    ${one.title && html`<div><b>${one.title}</b></div>`}
    ${one.blocks ? html`<${Blocks} blocks=${one.blocks} context=${context} />` : mrkdwn(one.text || one.fallback || "")}
    ${one.fields?.map((field) => html`<div><b>${field.title}</b> ${mrkdwn(field.value ?? "")}</div>`)}
    ${one.actions?.length > 0 && html`<div class="b-actions">
      ${one.actions.map((action) => html`<${Action} key=${action.id} ...${{ action, one, message }} />`)}</div>`}
  </div>`;
}

const NAMED = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };
const color = (given) => NAMED[given] ?? (/^#?[0-9a-f]{6}$/i.test(given ?? "") ? `#${given.replace("#", "")}` : "#dddddd");

function Action({ action, one, message }) {
  const [busy, setBusy] = useState(false);
  const use = async (option) => {
    if (action.url && safeUrl(action.url)) window.open(action.url, "_blank", "noopener");
    if (action.confirm && !(await confirmed(asked(action.confirm), withEmoji(action.confirm.text ?? "")))) return;
    setBusy(true);
    const place = { message_ts: message.ts, channel: message.channel, block_id: String(one.id) };
    await act("click", { ...place, name: action.text ?? action.name, option });
    setBusy(false);
  };
  if (action.type === "select") return html`<${Choice} ...${{ action, use }} />`;
  return html`<button type="button" class=${`btn ${action.style ?? ""} ${busy ? "busy" : ""}`}
    aria-busy=${busy ? "true" : undefined} onClick=${() => use()}><span>${withEmoji(action.text ?? "")}</span></button>`;
}

// A question of the old kind, as one of today.
const asked = ({ title, ok_text, dismiss_text }) => ({
  title: { type: "plain_text", text: title || "Are you sure?" },
  confirm: { type: "plain_text", text: ok_text || "Okay" },
  deny: { type: "plain_text", text: dismiss_text || "Cancel" },
});

function Choice({ action, use }) {
  const [id] = useState(() => freshId("menu"));
  const groups = action.option_groups?.flatMap((group) => group.options) ?? [];
  const options = SOURCES[action.data_source]?.() ?? [...(action.options ?? []), ...groups];
  const chosen = (action.selected_options ?? []).map(shown);
  const change = ([option]) => option && use(option.value);
  return html`<${Combobox} several=${false} chosen=${chosen} change=${change} options=${options.map(shown)}
    placeholder=${action.text ?? "Select…"} control=${{ id, "aria-label": action.text ?? action.name }} />`;
}

const shown = ({ value, text }) => ({ value, label: text ?? value, data: value });
const channels = () =>
  [...store.channels.values()].filter((one) => one.kind === "channel").map(({ id, name }) => ({ value: id, text: `#${name}` }));
const SOURCES = {
  users: () => [...store.people.values()].map(({ id, real_name }) => ({ value: id, text: real_name })),
  channels,
  conversations: channels,
};
