// The small dialog that asks "are you sure" before something happens.

import { el, freshId } from "../dom.js";

// `asked` is a confirmation dialog object of Block Kit; the text's node may be given drawn. Resolves to yes or no.
export function confirmed(asked, drawn = el("p", {}, asked.text.text)) {
  return new Promise((resolve) => {
    const id = freshId("confirm");
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const style = asked.style === "danger" ? "danger" : "primary";
    const no = el("button", { class: "btn", type: "button", onclick: () => end(false) }, asked.deny.text);
    const yes = el("button", { class: `btn ${style}`, type: "button", onclick: () => end(true) }, asked.confirm.text);
    const props = { class: "confirm", role: "dialog", "aria-labelledby": id };
    const dialog = el("dialog", props, el("h2", { id }, asked.title.text), drawn, el("div", { class: "dialog-foot" }, no, yes));
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(false);
    });
    dialog.addEventListener("cancel", (event) => event.target === dialog && (event.preventDefault(), end(false)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
