// Slack's mrkdwn, parsed into nodes. Only text nodes carry what others wrote.

import { safeUrl } from "../dom.js";
import { emoji } from "../ui/emoji.js";
import { h } from "../vendor/preact.js";
import { formatDate } from "../dates.js";
import { broadcast, channelLink, groupMention, link, mention } from "./links.js";

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const STYLES = { "*": "b", _: "i", "~": "s" };
const INLINE = new RegExp(
  [
    /<([^<>]+)>/, // a link, a mention, a date
    /`([^`\n]+)`/,
    /(?<![\w*_~])([*_~])(?=\S)(.*?\S)\3(?![\w*_~])/, // bold, italic, struck
    /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/,
    /\bhttps?:\/\/[^\s<>|]*[^\s<>|.,;:!?)"']/,
  ].map((one) => one.source).join("|"),
);

// verbatim: bare links stay text.
export function mrkdwn(text, { verbatim = false } = {}) {
  return h("span", { class: "mrkdwn" }, blocks(text, verbatim));
}

function blocks(text, verbatim) {
  return text.split(/```/).flatMap((part, place) => {
    if (place % 2) return [h("pre", {}, unescape(part.replace(/^\n/, "").replace(/\n$/, "")))];
    return lines(part, verbatim);
  });
}

function lines(text, verbatim) {
  const made = [];
  let quoted = null;
  text.split("\n").forEach((line, place) => {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quote) {
      if (quoted) quoted.push(h("br"));
      else made.push(h("blockquote", {}, (quoted = [])));
      quoted.push(...inline(quote[1], verbatim));
      return;
    }
    if (place && !quoted) made.push(h("br"));
    quoted = null;
    made.push(...inline(line, verbatim));
  });
  return made;
}

function inline(text, verbatim) {
  const made = [];
  let rest = text;
  for (let found; (found = INLINE.exec(rest)); rest = rest.slice(found.index + found[0].length)) {
    made.push(unescape(rest.slice(0, found.index)), piece(found, verbatim));
  }
  return [...made, unescape(rest)];
}

function piece([whole, token, code, style, styled, short], verbatim) {
  if (token) return special(token, whole);
  if (code) return h("code", {}, unescape(code));
  if (style) return h(STYLES[style], {}, inline(styled, verbatim));
  if (short) return emoji(short) ?? whole;
  return verbatim ? unescape(whole) : link(unescape(whole), unescape(whole));
}

function special(token, whole) {
  const [target, label] = split(token);
  if (/^@[UW]/.test(target)) return mention(target.slice(1));
  if (/^#[CG]/.test(target)) return channelLink(target.slice(1));
  if (/^!(channel|here|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9), label.replace("@", ""));
  if (target.startsWith("!date^")) return date(target.split("^"), label);
  if (safeUrl(target)) return link(unescape(target), unescape(label || target));
  return unescape(whole);
}

function split(token) {
  const bar = token.indexOf("|");
  return bar < 0 ? [token, ""] : [token.slice(0, bar), token.slice(bar + 1)];
}

function date([, seconds, format, url], fallback) {
  const text = formatDate(Number(seconds), format || "") ?? unescape(fallback || "");
  const node = h("time", { title: unescape(fallback || "") }, text);
  return url && safeUrl(url) ? link(unescape(url), node) : node;
}

// :short_names: within plain text are drawn too.
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/g, (whole, name) => emoji(name) ?? whole);
}
