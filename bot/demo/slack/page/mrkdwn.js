// Slack's mrkdwn, parsed into nodes. Only text nodes carry what others wrote.

import { formatDate } from "./dates.js";
import { el, safeUrl } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, channelLink, mention } from "./store.js";

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const STYLES = { "*": "b", _: "i", "~": "s" };
const INLINE = /<([^<>]+)>|`([^`\n]+)`|(?<![\w*_~])([*_~])(?=\S)(.*?\S)\3(?![\w*_~])|:([a-z0-9_+-]+):|\bhttps?:\/\/[^\s<>|]*[^\s<>|.,;:!?)"']/;

// verbatim: bare links stay text.
export function mrkdwn(text, { verbatim = false } = {}) {
  return el("span", { class: "mrkdwn" }, blocks(text, verbatim));
}

function blocks(text, verbatim) {
  return text.split(/```/).flatMap((part, place) => {
    if (place % 2) return [el("pre", {}, unescape(part.replace(/^\n/, "").replace(/\n$/, "")))];
    return lines(part, verbatim);
  });
}

function lines(text, verbatim) {
  const made = [];
  let quoted = null;
  text.split("\n").forEach((line, place) => {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quote) {
      if (!quoted) made.push((quoted = el("blockquote")));
      else quoted.append(el("br"));
      quoted.append(...inline(quote[1], verbatim));
      return;
    }
    if (place && !quoted) made.push(el("br"));
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
  if (code) return el("code", {}, unescape(code));
  if (style) return el(STYLES[style], {}, inline(styled, verbatim));
  if (short) return emoji(short) ?? whole;
  return verbatim ? unescape(whole) : link(whole, unescape(whole));
}

function special(token, whole) {
  const [target, label] = split(token);
  if (/^@[UW]/.test(target)) return mention(target.slice(1));
  if (/^#[CG]/.test(target)) return channelLink(target.slice(1));
  if (/^!(channel|here|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!date^")) return date(target.split("^"), label);
  if (safeUrl(target)) return link(target, unescape(label || target));
  return unescape(whole);
}

function split(token) {
  const bar = token.indexOf("|");
  return bar < 0 ? [token, ""] : [token.slice(0, bar), token.slice(bar + 1)];
}

function date([, seconds, format, url], fallback) {
  const text = formatDate(Number(seconds), format || "") ?? unescape(fallback || "");
  const node = el("time", { title: unescape(fallback || "") }, text);
  return url && safeUrl(url) ? el("a", { href: url, target: "_blank", rel: "noopener" }, node) : node;
}

export function link(url, text) {
  const href = safeUrl(unescape(url));
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}
