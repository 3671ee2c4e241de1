// Small line drawings, 20 by 20.

import { html } from "../vendor/preact.js";

const DRAWN = {
  reply: "M3 4h14v9H9l-4 4v-4H3z",
  smile: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M7.3 8v.6M12.7 8v.6M6.8 11.8c1.5 2.4 4.9 2.4 6.4 0",
  more: "M10 4.2v.1M10 10v.1M10 15.8v.1",
  close: "M4.5 4.5l11 11M15.5 4.5l-11 11",
  plus: "M10 4v12M4 10h12",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0v1a2.3 2.3 0 0 0 4.5 0v-1a7.5 7.5 0 1 0-3 6",
  send: "M3.5 3.5l13 6.5-13 6.5L5 10zM5 10h6",
  hash: "M7.5 3l-2 14M14.5 3l-2 14M3.5 7.5h14M2.5 12.5h14",
  lock: "M4.5 9h11v8h-11zM6.5 9V6.5a3.5 3.5 0 0 1 7 0V9",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  back: "M12 4l-6 6 6 6",
  down: "M5 8l5 5 5-5",
  people: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 17c.5-6.5 11.5-6.5 12 0",
  eye: "M2 10c3.5-6.5 12.5-6.5 16 0-3.5 6.5-12.5 6.5-16 0M10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6",
  file: "M5 2.5h6.5l4 4v11H5zM11 2.5V7h4.5",
  bolt: "M11 2.5L4.5 11.5H10l-1 6 6.5-9H10z",
  pin: "M12.5 2.5l5 5-3 1-3 3-.5 4-6-6 4-.5 3-3zM7.5 12.5l-4.5 4.5",
};

export const icon = (name, size = 18) =>
  html`<svg class=${`drawn i-${name}`} viewBox="0 0 20 20" width=${size} height=${size} aria-hidden="true"><path d=${DRAWN[name]} /></svg>`;
