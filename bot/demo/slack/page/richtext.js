// rich_text blocks.

import { formatDate } from "./dates.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { link } from "./mrkdwn.js";
import { broadcast, channelLink, mention } from "./store.js";

const TAGS = { bold: "b", italic: "i", strike: "s", code: "code", underline: "u", highlight: "mark" };

export function richText(block) {
  return el("div", { class: "rich-text" }, joinLists(block.elements.map(container), block.elements));
}

// Lists that follow each other with another indent are one list for the eye.
function joinLists(nodes, elements) {
  nodes.forEach((node, place) => {
    const indent = elements[place].indent || 0;
    if (indent) node.classList.add(`indent-${Math.min(indent, 4)}`);
  });
  return nodes;
}

function container(element) {
  if (element.type === "rich_text_list") {
    const items = element.elements.map((item) => el("li", {}, leaves(item)));
    const start = element.offset ? element.offset + 1 : undefined;
    return el(element.style === "ordered" ? "ol" : "ul", { start }, items);
  }
  if (element.type === "rich_text_quote") return el("blockquote", {}, leaves(element));
  if (element.type === "rich_text_preformatted") return el("pre", {}, leaves(element));
  return el("p", {}, leaves(element));
}

const leaves = (section) => (section.elements || []).flatMap(leaf);

function leaf(element) {
  const node = bare(element);
  return Object.entries(element.style || {})
    .filter(([name, on]) => on && TAGS[name])
    .reduce((inner, [name]) => [el(TAGS[name], {}, inner)], [node].flat());
}

function bare(element) {
  switch (element.type) {
    case "text":
      return breaks(element.text);
    case "link":
      return link(element.url, element.text || element.url);
    case "user":
      return mention(element.user_id);
    case "channel":
      return channelLink(element.channel_id);
    case "broadcast":
      return broadcast(element.range);
    case "emoji":
      return emoji(element.name) ?? `:${element.name}:`;
    case "date":
      return el("time", {}, formatDate(element.timestamp, element.format) ?? element.fallback ?? "");
    case "color":
      return element.value;
    default:
      return element.text ?? "";
  }
}

function breaks(text) {
  return text.split("\n").flatMap((line, place) => (place ? [el("br"), line] : [line]));
}
