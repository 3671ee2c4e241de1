// Block Kit on the screen. `context` says what using an element does; see interact.js.

import { chart } from "./charts.js";
import { el } from "./dom.js";
import { element as usable } from "./interact.js";
import { input } from "./inputs.js";
import { mrkdwn } from "./mrkdwn.js";
import { richText } from "./richtext.js";

export function text(object) {
  if (object.type === "mrkdwn") return mrkdwn(object.text, { verbatim: object.verbatim });
  return el("span", { class: "plain" }, object.text);
}

export function renderBlocks(blocks, context) {
  return blocks.map((block) => {
    const node = (kinds[block.type] || unknown)(block, context);
    node.dataset.blockId = block.block_id || "";
    return node;
  });
}

const kinds = {
  header: (block) => el("h3", { class: "b-header" }, text(block.text)),
  divider: () => el("hr", { class: "b-divider" }),
  section,
  context: (block) => el("div", { class: "b-context" }, block.elements.map(contextPart)),
  actions: (block, context) =>
    el("div", { class: "b-actions" }, block.elements.map((element) => usable(block, element, context))),
  rich_text: richText,
  input,
  image: (block) =>
    el("figure", { class: "b-image" }, block.title && el("figcaption", {}, text(block.title)), picture(block)),
  table,
  data_table: table,
  data_visualization: chart,
  markdown: (block) => el("div", {}, mrkdwn(block.text || "")),
  video: unknown,
};

function section(block, context) {
  const body = el("div", { class: "b-body" }, block.text && el("div", {}, text(block.text)));
  if (block.fields) body.append(el("div", { class: "b-fields" }, block.fields.map((f) => el("div", {}, text(f)))));
  const accessory = block.accessory && accessoryOf(block, context);
  return el("div", { class: "b-section" }, body, accessory && el("div", { class: "b-accessory" }, accessory));
}

function accessoryOf(block, context) {
  return block.accessory.type === "image" ? picture(block.accessory) : usable(block, block.accessory, context);
}

function contextPart(part) {
  return part.type === "image" ? picture(part) : el("span", { class: "b-context-text" }, text(part));
}

function picture(image) {
  const file = image.slack_file?.id && `/files/${encodeURIComponent(image.slack_file.id)}`;
  const url = image.image_url || image.slack_file?.url || file || "";
  const local = /^(data:|\/|https?:\/\/(127\.0\.0\.1|localhost)[:/])/.test(url);
  if (!local) return el("span", { class: "b-no-image", role: "img", "aria-label": image.alt_text }, image.alt_text);
  return el("img", { src: url, alt: image.alt_text, loading: "lazy" });
}

function table(block) {
  const rows = block.rows.map((row, number) =>
    el("tr", {}, row.map((cell, place) => tableCell(cell, number === 0, block.column_settings?.[place]))),
  );
  const caption = block.caption && el("caption", {}, block.caption);
  const parts = [el("thead", {}, rows.slice(0, 1)), el("tbody", {}, rows.slice(1))];
  return el("div", { class: "b-table", tabindex: "0" }, el("table", {}, caption, parts));
}

function tableCell(cell, head, settings) {
  const align = settings?.align || (cell.type === "raw_number" ? "right" : "left");
  const content = cell.type === "rich_text" ? richText(cell) : String(cell.text ?? cell.value ?? "");
  return el(head ? "th" : "td", { class: `align-${align}`, scope: head ? "col" : undefined }, content);
}

function unknown(block) {
  return el("div", { class: "b-unknown" }, `A ${String(block.type).replace(/_/g, " ")} is shown here in Slack.`);
}
