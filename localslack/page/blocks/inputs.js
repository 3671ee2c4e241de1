// Input blocks of forms: label, field, hint, and the error the app or the client has about it.

import { freshId } from "../dom.js";
import { html, useState } from "../vendor/preact.js";
import { Field, GROUPS } from "./fields.js";
import { withEmoji } from "./mrkdwn.js";

export function InputBlock({ block, context }) {
  const [id] = useState(() => freshId("field"));
  const item = block.element;
  const error = context.errors?.[block.block_id];
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const label = GROUPS.has(item.type) ? { "aria-labelledby": `${id}-label` } : {};
  const control = {
    ...label,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? "true" : undefined,
    "aria-required": block.optional ? undefined : "true",
  };
  const words = html`${withEmoji(block.label.text)}${block.optional && html`<span class="optional"> (optional)</span>`}`;
  return html`<div class=${error ? "b-input wrong" : "b-input"} onKeyDown=${(event) => entered(event, block, context)}>
    ${GROUPS.has(item.type)
      ? html`<span class="label" id=${`${id}-label`}>${words}</span>`
      : html`<label class="label" for=${id}>${words}</label>`}
    <${Field} ...${{ block, item, context, id, control }} changed=${(value) => changed(block, context, value)} />
    ${block.hint && html`<div class="hint" id=${`${id}-hint`}>${withEmoji(block.hint.text)}</div>`}
    ${error && html`<div class="field-error" role="alert" id=${`${id}-error`}>${error}</div>`}
  </div>`;
}

// What was wrong with the value before is not said of the new one.
function changed(block, context, value) {
  context.mended?.(block);
  told(block, context, value);
}

const TYPED = new Set(["plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"]);

// Blocks that dispatch tell the app at once: typed ones on Enter, or with every character when they ask for it.
function told(block, context, value) {
  const triggers = block.element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (!block.dispatch_action) return;
  if (!TYPED.has(block.element.type) || triggers.includes("on_character_entered")) context.act(block, block.element, value);
}

function entered(event, block, context) {
  const item = block.element;
  if (event.key !== "Enter" || event.shiftKey || event.defaultPrevented || !TYPED.has(item.type)) return;
  const triggers = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (!block.dispatch_action || !triggers.includes("on_enter_pressed")) return;
  event.preventDefault();
  context.act(block, item, context.held.get(block, item));
}
