// rich_text blocks.

import { emoji } from "../ui/emoji.js";
import { h } from "../vendor/preact.js";
import { formatDate } from "../dates.js";
import { broadcast, channelLink, groupMention, link, mention } from "./links.js";

const TAGS = { bold: "b", italic: "i", strike: "s", code: "code", underline: "u", highlight: "mark" };

export const richText = (block) => h("div", { class: "rich-text" }, block.elements.map(container));

function container(element) {
  if (element.type === "rich_text_list") return list(element);
  if (element.type === "rich_text_quote") return h("blockquote", { class: border(element) }, leaves(element));
  if (element.type === "rich_text_preformatted") return h("pre", { class: border(element) }, leaves(element));
  return h("p", {}, leaves(element));
}

const border = (element) => (element.border ? "bordered" : undefined);

function list(element) {
  const indent = Math.min(element.indent || 0, 4);
  const props = { class: `indent-${indent} ${border(element) ?? ""}`, start: element.offset ? element.offset + 1 : undefined };
  return h(element.style === "ordered" ? "ol" : "ul", props, element.elements.map((item) => h("li", {}, leaves(item))));
}

const leaves = (section) => (section.elements || []).map(leaf);

function leaf(element) {
  return Object.entries(element.style || {})
    .filter(([name, on]) => on && TAGS[name])
    .reduce((inner, [name]) => h(TAGS[name], {}, inner), bare(element));
}

function bare(element) {
  switch (element.type) {
    case "link":
      return link(element.url, element.text || element.url);
    case "user":
      return mention(element.user_id);
    case "usergroup":
      return groupMention(element.usergroup_id);
    case "channel":
      return channelLink(element.channel_id);
    case "broadcast":
      return broadcast(element.range);
    case "emoji":
      return emoji(element.name) ?? `:${element.name}:`;
    case "date":
      return h("time", { title: element.fallback }, formatDate(element.timestamp, element.format) ?? element.fallback ?? "");
    case "color":
      return [h("i", { class: "swatch", style: { background: /^#\w{3,8}$/.test(element.value) ? element.value : "" } }), element.value];
    default:
      return element.text ?? "";
  }
}
