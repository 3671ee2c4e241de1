// Elements that act at once: buttons, menus, and inputs outside forms.

import { freshId, safeUrl } from "../dom.js";
import { confirmed } from "../ui/confirm.js";
import { icon } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { html, render, useState } from "../vendor/preact.js";
import { Field } from "./fields.js";
import { withEmoji } from "./mrkdwn.js";
import { text } from "./parts.js";

export function Acting({ block, item, context }) {
  if (item.type === "button" || item.type === "workflow_button") return html`<${Button} ...${{ block, item, context }} />`;
  if (item.type === "overflow") return html`<${Overflow} ...${{ block, item, context }} />`;
  return html`<${Standing} ...${{ block, item, context }} />`;
}

// Asks first when the app wants it. False when nothing was sent; `begun` is called before something is.
async function use(block, item, context, option, begun = () => {}) {
  if (item.confirm && !(await confirmed(item.confirm, drawnText(item.confirm.text)))) return false;
  begun();
  await context.act(block, item, option);
  return true;
}

function drawnText(object) {
  const node = document.createElement("div");
  render(text(object), node);
  return node;
}

function Button({ block, item, context }) {
  const [busy, setBusy] = useState(false);
  const click = async () => {
    if (item.url && safeUrl(item.url)) window.open(item.url, "_blank", "noopener");
    await use(block, item, context, undefined, () => setBusy(true));
    setBusy(false);
  };
  return html`<button type="button" class=${`btn ${item.style ?? ""} ${busy ? "busy" : ""}`} data-action-id=${item.action_id}
    aria-label=${item.accessibility_label} title=${item.accessibility_label} aria-busy=${busy ? "true" : undefined} onClick=${click}>
    <span>${withEmoji(item.text.text)}</span></button>`;
}

function Overflow({ block, item, context }) {
  const items = item.options.map((option) => ({
    label: withEmoji(option.text.text),
    hint: option.description?.text,
    act: () => {
      if (option.url && safeUrl(option.url)) window.open(option.url, "_blank", "noopener");
      use(block, item, context, option);
    },
  }));
  const button = { class: "btn overflow", "aria-label": item.accessibility_label ?? "More actions", "data-action-id": item.action_id };
  return html`<${Menu} items=${items} button=${button}>${icon("more", 16)}</${Menu}>`;
}

// An input that stands in a message, or beside text: what is chosen is told at once.
function Standing({ block, item, context }) {
  const [id] = useState(() => freshId("field"));
  const [, drawAgain] = useState(0);
  const before = context.held.get(block, item);
  const changed = async (value) => {
    const sent = await use(block, item, context, value);
    if (!sent) context.held.set(block, item, before);
    drawAgain((number) => number + 1);
  };
  const label = item.placeholder?.text || item.action_id;
  return html`<${Field} ...${{ block, item, context, id, changed }} control=${{ "aria-label": label }} />`;
}
