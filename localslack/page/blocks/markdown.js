// The markdown block: the common part of Markdown, line by line.

import { h, html } from "../vendor/preact.js";
import { link } from "./links.js";

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|\*(\S.*?)\*|(?<!\w)_(\S.*?)_(?!\w)|~~(.+?)~~|\[([^\]]+)\]\(([^)\s]+)\)/;

export function Markdown({ text }) {
  const parts = text.split(/^```\w*\n?/m);
  return html`<div class="markdown">${parts.flatMap((part, place) => (place % 2 ? [h("pre", {}, part.trimEnd())] : blocks(part)))}</div>`;
}

function blocks(text) {
  return text.split(/\n{2,}/).filter((part) => part.trim()).flatMap(paragraphs);
}

// Lines of one kind that follow each other belong together.
function paragraphs(part) {
  const groups = [];
  for (const line of part.split("\n").filter((one) => one.trim())) {
    const [kind, words] = kindOf(line);
    const last = groups.at(-1);
    if (last?.kind === kind && !kind.startsWith("h")) last.lines.push(words);
    else groups.push({ kind, lines: [words] });
  }
  return groups.map(drawn);
}

function kindOf(line) {
  const [, heading, title] = /^(#{1,6})\s+(.*)$/.exec(line) ?? [];
  if (heading) return ["h4", title];
  if (/^\s*(---+|\*\*\*+)\s*$/.test(line)) return ["hr", ""];
  const found = /^\s*(?:([-*+])|(\d+)[.)]|(>))\s+(.*)$/.exec(line);
  if (!found) return ["p", line];
  return [found[1] ? "ul" : found[2] ? "ol" : "blockquote", found[4]];
}

function drawn({ kind, lines }) {
  if (kind === "hr") return h("hr", { class: "b-divider" });
  if (kind === "ul" || kind === "ol") return h(kind, {}, lines.map((line) => h("li", {}, inline(line))));
  return h(kind, {}, lines.flatMap((line, place) => (place ? [h("br"), ...inline(line)] : inline(line))));
}

function inline(text) {
  const made = [];
  let rest = text;
  for (let found; (found = INLINE.exec(rest)); rest = rest.slice(found.index + found[0].length)) {
    made.push(rest.slice(0, found.index), piece(found));
  }
  return [...made, rest];
}

function piece([, code, bold, alsoBold, italic, alsoItalic, struck, label, url]) {
  if (code) return h("code", {}, code);
  if (bold || alsoBold) return h("b", {}, inline(bold || alsoBold));
  if (italic || alsoItalic) return h("i", {}, inline(italic || alsoItalic));
  return struck ? h("s", {}, inline(struck)) : link(url, label);
}
