// Text as it is spoken: mentions and links by their names, emoji by theirs, no marks of formatting.

import { formatDate } from "../dates.js";
import { safeUrl } from "../dom.js";
import { channelName, displayName } from "../store.js";

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const MARKS = /(^|[^\w*_~`])([*_~]|```|`)(?=\S)([^]*?\S)\2(?![\w*_~`])/g;

export const spokenEmoji = (text) => text.replace(/:([a-z+-][a-z0-9_+-]*):/g, (_, name) => `${name.replace(/_/g, " ")} emoji`);

// A text object, or a string taken for mrkdwn.
export function spoken(text) {
  if (!text) return "";
  if (typeof text === "object" && text.type !== "mrkdwn") return spokenEmoji(text.text ?? "").trim();
  const plain = (text.text ?? text).replace(/<([^<>]+)>/g, (whole, token) => special(token, whole));
  return spokenEmoji(unescape(unmarked(unmarked(plain)))).trim();
}

const unmarked = (text) => text.replace(MARKS, "$1$3");

function special(token, whole) {
  const bar = token.indexOf("|");
  const target = bar < 0 ? token : token.slice(0, bar);
  const label = bar < 0 ? "" : token.slice(bar + 1);
  if (/^@[UW]/.test(target)) return `@${displayName(target.slice(1))}`;
  if (/^#[CG]/.test(target)) return `#${channelName(target.slice(1))}`;
  if (target.startsWith("!date^")) return dated(target.split("^"), label);
  if (target.startsWith("!")) return label || `@${target.slice(1).split("^")[0]}`;
  return safeUrl(target) ? `${label || target} (link)` : whole;
}

const dated = ([, seconds, format], fallback) => formatDate(Number(seconds), format || "") ?? fallback;

// rich_text and its parts.
export function spokenRich(element) {
  if (element.elements) return element.elements.map(spokenRich).join(element.type === "rich_text_section" ? "" : " ").trim();
  switch (element.type) {
    case "user":
      return `@${displayName(element.user_id)}`;
    case "channel":
      return `#${channelName(element.channel_id)}`;
    case "emoji":
      return spokenEmoji(`:${element.name}:`);
    case "link":
      return `${element.text || element.url} (link)`;
    case "broadcast":
      return `@${element.range}`;
    case "date":
      return formatDate(element.timestamp, element.format) ?? element.fallback ?? "";
    default:
      return element.text ?? element.value ?? "";
  }
}

// Whether there is something to say beside emoji.
export const onlyEmoji = (text) => Boolean(text.trim()) && !/[\p{L}\p{N}]/u.test(text.replace(/:[a-z0-9_+-]+:/g, ""));
