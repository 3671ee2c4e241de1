// The sign that something goes wrong on purpose, for whoever looks at the window, in every window.

import { el } from "../dom.js";
import { planned, styled } from "./parts.js";

// Keep `node` showing it while any fault is on or ordered; `open()` leads to the switches.
export async function markFaults(node, api, open) {
  styled();
  const show = ({ on, to_come: toCome }) => {
    const count = on.length + (toCome ? 1 : 0);
    const title = [...on, planned(toCome)].filter(Boolean).join(", ");
    const props = { type: "button", class: "faults-on", title, onclick: open };
    node.replaceChildren(...(count ? [el("button", props, count === 1 ? "A fault is on" : `${count} faults are on`)] : []));
  };
  const unsubscribe = api.subscribe((change) => change.type === "faults" && show(change));
  show(await api.get("faults"));
  return unsubscribe;
}
