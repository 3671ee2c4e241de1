// Block Kit on the screen. `context` says what using an element does: {held, act, suggest, errors, form}.

import { richText } from "./richtext.js";
import { chart } from "./charts.js";
import { Acting } from "./acting.js";
import { InputBlock } from "./inputs.js";
import { Markdown } from "./markdown.js";
import { nothing, picture, text } from "./parts.js";
import { DataTable, table } from "./table.js";
import { h, html } from "../vendor/preact.js";

export function Blocks({ blocks, context }) {
  return blocks.map((block, place) => {
    const Kind = KINDS[block.type] ?? unknown;
    const key = `${block.block_id ?? place}/${block.type}`;
    return html`<div key=${key} class="block" data-block-id=${block.block_id ?? ""}>${h(Kind, { block, context, ...block })}</div>`;
  });
}

const KINDS = {
  header: ({ block }) => html`<h3 class="b-header">${text(block.text)}</h3>`,
  divider: () => html`<hr class="b-divider" />`,
  section,
  context: ({ block }) => html`<div class="b-context">${block.elements.map(contextPart)}</div>`,
  actions: ({ block, context }) =>
    html`<div class="b-actions">${actings(block, block.elements, context)}</div>`,
  context_actions: ({ block }) => html`<div class="b-context">${block.elements.map((one) => nothing(one.type))}</div>`,
  rich_text: ({ block }) => richText(block),
  input: InputBlock,
  image: ({ block }) =>
    html`<figure class="b-image">${block.title && html`<figcaption>${text(block.title)}</figcaption>`}${picture(block)}</figure>`,
  table: ({ block }) => table(block),
  data_table: DataTable,
  data_visualization: ({ block }) => chart(block),
  markdown: ({ block }) => html`<${Markdown} text=${block.text || ""} />`,
  video,
  file: ({ block }) => nothing(`remote file ${block.external_id ?? ""}`),
  alert: ({ block }) => html`<div class=${`b-alert ${block.level ?? "default"}`} role="note">${text(block.text)}</div>`,
  card,
  carousel: ({ block, context }) =>
    html`<div class="b-carousel" tabindex="0" role="group" aria-label="Cards">
      ${block.elements.map((one) => card({ block: one, context }))}</div>`,
};

const actings = (block, elements, context) =>
  elements.map((item) => html`<${Acting} key=${item.action_id} ...${{ block, item, context }} />`);

function section({ block, context }) {
  const item = block.accessory;
  const beside = item?.type === "image" ? picture(item) : item && html`<${Acting} ...${{ block, item, context }} />`;
  return html`<div class="b-section">
    <div class="b-body">${block.text && html`<div>${text(block.text)}</div>`}
      ${block.fields && html`<div class="b-fields">${block.fields.map((field) => html`<div>${text(field)}</div>`)}</div>`}</div>
    ${beside && html`<div class="b-accessory">${beside}</div>`}
  </div>`;
}

const contextPart = (part) =>
  part.type === "image" ? picture(part) : html`<span class="b-context-text">${text(part)}</span>`;

function video({ block }) {
  const from = ["Video", block.provider_name].filter(Boolean).join(" · ");
  return html`<div class="b-card"><b>${text(block.title)}</b><div class="hint">${from}</div>
    ${block.description && html`<div>${text(block.description)}</div>`}${nothing("video player")}</div>`;
}

function card({ block, context }) {
  return html`<div class="b-card">
    ${block.hero_image && picture(block.hero_image)}
    ${block.title && html`<b>${text(block.title)}</b>`}
    ${block.subtitle && html`<div class="hint">${text(block.subtitle)}</div>`}
    ${block.body && html`<div>${text(block.body)}</div>`}
    ${block.actions && html`<div class="b-actions">${actings(block, block.actions, context)}</div>`}
  </div>`;
}

const unknown = ({ block }) => nothing(`${block.type} block`);
