// What panels and dialogs outside the drawn window are made with. Text always goes in as text; nothing here takes HTML.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else if (name === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

// A short note; it stays above dialogs, which is why it is put into the one that is open.
export function toast(text) {
  const note = el("div", { class: "toast", role: "status" }, text);
  const dialogs = document.querySelectorAll("dialog[open]");
  (dialogs[dialogs.length - 1] ?? byId("toasts")).append(note);
  setTimeout(() => note.remove(), 6000);
}

let lastId = 0;
export const freshId = (stem) => `${stem}-${++lastId}`;

// Only links that lead somewhere a browser should go.
export function safeUrl(url) {
  return /^(https?:|mailto:|tel:)/i.test(url) ? url : null;
}
