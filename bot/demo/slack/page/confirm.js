// The small dialog that asks "are you sure" before a button acts.

import { text } from "./blocks.js";
import { el, freshId } from "./dom.js";

export function confirmed(asked) {
  return new Promise((resolve) => {
    const id = freshId("confirm");
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const style = asked.style === "danger" ? "danger" : "primary";
    const dialog = el(
      "dialog",
      { class: "confirm", role: "dialog", "aria-labelledby": id },
      el("h2", { id }, asked.title.text),
      el("div", {}, text(asked.text)),
      el(
        "div",
        { class: "dialog-foot" },
        el("button", { class: "btn", type: "button", onclick: () => end(false) }, asked.deny.text),
        el("button", { class: `btn ${style}`, type: "button", onclick: () => end(true) }, asked.confirm.text),
      ),
    );
    dialog.addEventListener("cancel", (event) => (event.preventDefault(), end(false)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
