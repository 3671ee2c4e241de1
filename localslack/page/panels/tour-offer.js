// The tour on offer: a strip at the top for whoever has never been asked, where there is a tour.

import { byId, el } from "../dom.js";

const ASKED = "tour-offered";
const STYLE = "/page/panels/tour.css";

export function styled() {
  if (document.querySelector(`link[href="${STYLE}"]`)) return;
  document.head.append(el("link", { rel: "stylesheet", href: STYLE }));
}

// `open()` opens the tour's panel. A tour that runs is opened again after a reload.
export async function offer(api, open) {
  const { tours, running } = await api.get("tours");
  if (running?.state === "playing") return open();
  if (!tours.length || localStorage.getItem(ASKED) || new URLSearchParams(location.search).get("panel")) return;
  styled();
  byId("top").append(strip(api, open, tours[0]));
}

function strip(api, open, tour) {
  const away = () => {
    localStorage.setItem(ASKED, "yes");
    node.remove();
  };
  const take = () => {
    away();
    open();
    api.post("tour_start", { name: tour.name });
  };
  const node = el("aside", { class: "t-strip", "aria-label": "Tour" },
    el("p", {}, el("b", {}, "New here? "), `Take the tour: ${tour.title.toLowerCase()}, ${tour.lasts}. You decide as each of the people; nothing is real.`),
    el("button", { class: "t-main", type: "button", onclick: take }, "Take the tour"),
    el("button", { type: "button", onclick: away }, "Not now"));
  return node;
}
