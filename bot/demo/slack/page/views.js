// Modals and App Home.

import { act, explain, suggest } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { byId, el } from "./dom.js";

const typed = new Map(); // view id → {block_id: {action_id: value}}, kept over updates of the view

function viewContext(view) {
  const values = typed.get(view.id) || typed.set(view.id, {}).get(view.id);
  return {
    form: true,
    values,
    held: (block, item) => heldValue(view, values, block, item),
    choose: (block, item, value) => ((values[block.block_id] ??= {})[item.action_id] = value),
    act: (block, item, option) =>
      act("click", {
        message_ts: view.id,
        channel: null,
        name: item.action_id,
        block_id: block.block_id,
        option,
        state: known(view, values),
      }),
    suggest: (block, item, text) => suggest(view.id, null, block, item, text),
  };
}

// What stands in an element: what was typed or chosen here, or else what the server holds.
function heldValue(view, values, block, item) {
  const now = values[block.block_id]?.[item.action_id];
  if (now === undefined) return view.state.values[block.block_id]?.[item.action_id];
  const options = item.options || (item.option_groups || []).flatMap((group) => group.options);
  return {
    value: now,
    selected_option: now?.text ? now : options.find((option) => option.value === now),
    selected_options: options.filter((option) => Array.isArray(now) && now.includes(option.value)),
    selected_user: now,
    selected_channel: now,
    selected_conversation: now,
    selected_date: now,
    selected_time: now,
  };
}

// Only what still stands in the view may be sent along.
function known(view, values) {
  const kept = {};
  for (const block of view.blocks) {
    for (const item of [block.element, block.accessory, ...(block.elements || [])]) {
      const value = values[block.block_id]?.[item?.action_id];
      if (value !== undefined) (kept[block.block_id] ??= {})[item.action_id] = value;
    }
  }
  return kept;
}

let shown = null; // { id, hash, dialog }

export function showViews(views) {
  const top = views.at(-1);
  if (!top) return close();
  if (shown?.id === top.id && shown.hash === top.hash) return;
  const focus = shown?.id === top.id ? document.activeElement?.dataset.actionId : null;
  close();
  for (const id of typed.keys()) if (!views.some((view) => view.id === id)) typed.delete(id);
  const dialog = modal(top, views.length);
  shown = { id: top.id, hash: top.hash, dialog };
  document.body.append(dialog);
  dialog.showModal();
  focusFirst(dialog, focus);
}

function close() {
  shown?.dialog.close();
  shown?.dialog.remove();
  shown = null;
}

function focusFirst(dialog, focus) {
  const wanted = focus && dialog.querySelector(`[data-action-id="${CSS.escape(focus)}"]`);
  (wanted || dialog.querySelector(".b-input input, .b-input textarea, .b-input select") || dialog).focus();
}

function modal(view, depth) {
  const context = viewContext(view);
  const leave = (all) => act("close_view", { view_id: view.id, all_of_them: all });
  const banner = el("div", { class: "banner", role: "alert" });
  const body = el("div", { class: "dialog-body" }, banner, renderBlocks(view.blocks, context));
  const submit = view.submit && el("button", { class: "btn primary", type: "submit" }, view.submit.text);
  const cancel = el("button", { class: "btn", type: "button", onclick: () => leave(false) }, closeWord(view, depth));
  const form = el("form", { novalidate: true }, head(view, depth, leave), body, foot(submit, cancel));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit && !submit.disabled) send(view, context, form, submit, banner);
  });
  const dialog = el("dialog", { class: "modal", role: "dialog", "aria-label": view.title.text, "data-view": view.id }, form);
  dialog.addEventListener("cancel", (event) => (event.preventDefault(), leave(false)));
  return dialog;
}

const closeWord = (view, depth) => view.close?.text || (depth > 1 ? "Back" : "Close");

function head(view, depth, leave) {
  const back = depth > 1 && el("button", { class: "icon", type: "button", "aria-label": "Back", onclick: () => leave(false) }, "‹");
  const away = el("button", { class: "icon", type: "button", "aria-label": "Close", onclick: () => leave(true) }, "✕");
  return el("div", { class: "dialog-head" }, back, el("h2", {}, view.title.text), away);
}

const foot = (submit, cancel) => el("div", { class: "dialog-foot" }, cancel, submit);

async function send(view, context, form, submit, banner) {
  submit.disabled = true;
  submit.classList.add("busy");
  banner.textContent = "";
  const reply = await act("submit", { view_id: view.id, values: known(view, context.values) });
  submit.disabled = false;
  submit.classList.remove("busy");
  showErrors(form, reply.errors || {});
  if (reply.error && !Object.keys(reply.errors || {}).length) banner.textContent = explain(reply);
}

function showErrors(form, errors) {
  let first = null;
  for (const block of form.querySelectorAll(".b-input")) {
    const message = errors[block.dataset.blockId] || "";
    block.querySelector(".field-error").textContent = message;
    block.classList.toggle("wrong", Boolean(message));
    const control = block.querySelector("input, textarea, select");
    control?.setAttribute("aria-invalid", String(Boolean(message)));
    if (message && !first) first = control;
  }
  first?.focus();
}

export function showHome(view) {
  const nothing = el("p", { class: "empty" }, "This app has not published its Home yet.");
  byId("home").replaceChildren(...(view ? renderBlocks(view.blocks, homeContext(view)) : [nothing]));
}

const homeContext = (view) => ({ ...viewContext(view), form: false });
