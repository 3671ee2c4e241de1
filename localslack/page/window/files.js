// Files shared in a message: pictures are shown, others named.

import { icon } from "../ui/icons.js";
import { html } from "../vendor/preact.js";

export function Files({ files }) {
  if (!files?.length) return null;
  return html`<div class="files">${files.map((file) => html`<${File} key=${file.id} file=${file} />`)}</div>`;
}

function File({ file }) {
  const name = file.title || file.name || "File";
  const address = `/files/${encodeURIComponent(file.id)}`;
  if (file.mimetype?.startsWith("image/")) {
    return html`<figure class="picture"><figcaption>${name}</figcaption>
      <a href=${address} target="_blank" rel="noopener"><img src=${address} alt=${file.alt_txt ?? file.alt_text ?? name} /></a></figure>`;
  }
  const about = [file.pretty_type ?? file.filetype ?? file.mimetype, sized(file.size)];
  return html`<a class="file" href=${address} target="_blank" rel="noopener">${icon("file", 28)}
    <span><b>${name}</b><span class="hint">${about.filter(Boolean).join(" · ")}</span></span></a>`;
}

const sized = (bytes) => (bytes === undefined ? "" : bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024).toLocaleString("en")} kB`);
