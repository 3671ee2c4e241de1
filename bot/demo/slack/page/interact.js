// Elements that act at once: buttons, menus. context.act(block, element, option) tells the app;
// context.choose(block, element, value) only remembers, for forms.

import { explain } from "./api.js";
import { confirmed } from "./confirm.js";
import { el, freshId, safeUrl, toast } from "./dom.js";
import { field } from "./inputs.js";

export function element(block, item, context) {
  if (item.type === "button" || item.type === "workflow_button") return button(block, item, context);
  if (item.type === "overflow") return overflow(block, item, context);
  return field(block, item, context, {
    label: item.placeholder?.text || item.action_id,
    changed: (option) => run(block, item, context, option),
  });
}

function button(block, item, context) {
  const node = el(
    "button",
    {
      class: `btn ${item.style || ""}`,
      type: "button",
      "data-action-id": item.action_id,
      "aria-label": item.accessibility_label,
      title: item.accessibility_label,
      onclick: () => run(block, item, context, undefined, node),
    },
    item.text.text,
  );
  return node;
}

async function run(block, item, context, option, node) {
  if (item.confirm && !(await confirmed(item.confirm))) return;
  if (item.url && safeUrl(item.url)) window.open(item.url, "_blank", "noopener");
  if (node) node.classList.add("busy");
  const reply = await context.act(block, item, option);
  if (node) node.classList.remove("busy");
  if (reply.error && reply.error !== "refused") toast(explain(reply));
}

function overflow(block, item, context) {
  const id = freshId("menu");
  const menu = el("div", { class: "menu", role: "menu", id, hidden: true });
  const opener = el(
    "button",
    {
      class: "btn overflow",
      type: "button",
      "aria-label": item.accessibility_label || "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-controls": id,
      "data-action-id": item.action_id,
      onclick: () => show(menu.hidden),
    },
    "⋯",
  );
  const show = (open) => {
    menu.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("button").focus();
  };
  const choose = (option) => {
    show(false);
    opener.focus();
    run(block, item, context, option.value, opener);
  };
  for (const option of item.options) {
    const props = { class: "menu-item", role: "menuitem", type: "button", onclick: () => choose(option) };
    menu.append(el("button", props, option.text.text));
  }
  const holder = el("span", { class: "menu-holder" }, opener, menu);
  holder.addEventListener("keydown", (event) => moveIn(menu, event, () => (show(false), opener.focus())));
  holder.addEventListener("focusout", (event) => holder.contains(event.relatedTarget) || show(false));
  return holder;
}

function moveIn(menu, event, leave) {
  if (menu.hidden) return;
  const items = [...menu.children];
  const place = items.indexOf(document.activeElement);
  if (event.key === "ArrowDown") items[(place + 1) % items.length].focus();
  else if (event.key === "ArrowUp") items[(place + items.length - 1) % items.length].focus();
  else if (event.key === "Escape") leave();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
