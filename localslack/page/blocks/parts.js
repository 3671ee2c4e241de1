// What many blocks are made of: text objects, pictures, and a word where nothing can be shown.

import { html } from "../vendor/preact.js";
import { mrkdwn, withEmoji } from "./mrkdwn.js";

export function text(object) {
  if (object.type === "mrkdwn") return mrkdwn(object.text, { verbatim: object.verbatim });
  return html`<span class="plain">${object.emoji === false ? object.text : withEmoji(object.text)}</span>`;
}

// Pictures of this workspace are shown; of others only what they say, for nothing is loaded from elsewhere.
export function picture(image) {
  const file = image.slack_file?.id && `/files/${encodeURIComponent(image.slack_file.id)}`;
  const url = here(image.image_url || image.slack_file?.url || file || "");
  if (isHere(url)) {
    return html`<img src=${url} alt=${image.alt_text ?? ""} />`;
  }
  return html`<span class="b-no-image" role="img" aria-label=${image.alt_text}>${image.alt_text}${" "}
    <small>(picture from elsewhere, not loaded)</small></span>`;
}

// A file's private address is for apps with their token; people read it at the page's own.
const here = (url) => url.replace(/^https?:\/\/[^/]+\/files-pri\/\w+-(\w+)\/.*$/, "/files/$1");

const HERE = new Set([location.hostname, "127.0.0.1", "localhost"]);

function isHere(url) {
  if (!url || url.startsWith("data:image/")) return Boolean(url);
  const { protocol, hostname } = URL.canParse(url, location.href) ? new URL(url, location.href) : {};
  return /^https?:$/.test(protocol) && HERE.has(hostname);
}

export const nothing = (what) =>
  html`<div class="b-unknown">This local Slack cannot show this ${String(what).replace(/_/g, " ")}. The real Slack may show it.</div>`;
