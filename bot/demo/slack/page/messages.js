// Messages of a channel or thread, one node per ts, changed in place.

import { act, suggest } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { clock, day, full } from "./dates.js";
import { el } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, displayName, store } from "./store.js";

const NEAR = 120; // pixels from the end that still count as reading the newest
const TOGETHER = 300; // seconds within which somebody's next message needs no name

export class MessageList {
  constructor(root, { belongs, openThread }) {
    this.root = root;
    this.belongs = belongs;
    this.openThread = openThread;
    this.nodes = new Map();
    this.data = new Map();
    this.reading = true; // the newest, so that it stays in sight
    root.addEventListener("scroll", () => (this.reading = this.atEnd()));
    new ResizeObserver(() => this.reading && this.toEnd()).observe(root);
  }

  fill(messages) {
    this.nodes.clear();
    this.data.clear();
    this.root.replaceChildren();
    messages.filter(this.belongs).forEach((message) => this.put(message, false));
    this.toEnd();
  }

  put(message, follow = true) {
    if (!this.belongs(message)) return;
    const node = messageNode(message, this.openThread);
    const old = this.nodes.get(message.ts);
    if (old) replaceKeepingFocus(old, node);
    else this.root.insertBefore(node, this.after(message.ts));
    this.nodes.set(message.ts, node);
    this.data.set(message.ts, message);
    this.settle(node);
    if (node.nextElementSibling) this.settle(node.nextElementSibling);
    if (follow && this.reading) this.toEnd();
  }

  remove(ts) {
    const node = this.nodes.get(ts);
    if (!node) return;
    const next = node.nextElementSibling;
    node.remove();
    this.nodes.delete(ts);
    this.data.delete(ts);
    if (next) this.settle(next);
  }

  // The node before which a message of this ts belongs; null at the end.
  after(ts) {
    for (let node = this.root.lastElementChild, later = null; ; node = node.previousElementSibling) {
      if (!node || Number(node.dataset.ts) < Number(ts)) return later;
      later = node;
    }
  }

  // Name and day are shown where they are news.
  settle(node) {
    const message = this.data.get(node.dataset.ts);
    const before = this.data.get(node.previousElementSibling?.dataset.ts);
    const today = day(new Date(Number(message.ts) * 1000));
    const newDay = !before || day(new Date(Number(before.ts) * 1000)) !== today;
    node.classList.toggle("new-day", newDay);
    node.dataset.day = today;
    node.classList.toggle("compact", !newDay && follows(before, message));
  }

  atEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR;
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.reading = true;
  }

  show(ts) {
    this.nodes.get(ts)?.scrollIntoView({ block: "center" });
    this.nodes.get(ts)?.classList.add("pointed");
  }
}

function follows(before, message) {
  const alike = before.user === message.user && Boolean(before.is_ephemeral) === Boolean(message.is_ephemeral);
  const plain = !message.reply_count && !before.reply_count && !message.blocks;
  return alike && plain && Number(message.ts) - Number(before.ts) < TOGETHER;
}

function replaceKeepingFocus(old, node) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(node);
  if (!focused) return;
  const same = focused.dataset.actionId && node.querySelector(`[data-action-id="${CSS.escape(focused.dataset.actionId)}"]`);
  (same || node).focus({ preventScroll: true });
}

function messageNode(message, openThread) {
  const props = {
    class: message.is_ephemeral ? "message ephemeral" : "message",
    "data-ts": message.ts,
    "data-channel": message.channel,
    tabindex: "-1",
    role: "article",
    "aria-label": `${displayName(message.user)}, ${clock(message.ts)}`,
  };
  const body = el(
    "div",
    { class: "message-body" },
    message.is_ephemeral && el("div", { class: "only-you" }, "Only visible to you"),
    headline(message),
    el("div", { class: "content" }, content(message)),
    attachments(message),
    repliesLink(message, openThread),
  );
  const side = el("div", { class: "side" }, avatar(message.user), el("span", { class: "side-time" }, clock(message.ts)));
  return el("article", props, side, body, tools(message, openThread));
}

function headline(message) {
  const app = message.bot_id && el("span", { class: "app-badge" }, "APP");
  const guest = store.people.get(message.user)?.guest && el("span", { class: "app-badge" }, "GUEST");
  const time = el("time", { class: "time", title: full(message.ts) }, clock(message.ts));
  return el("div", { class: "headline" }, el("span", { class: "name" }, displayName(message.user)), app, guest, time);
}

function content(message) {
  const edited = message.edited && !message.bot_id && el("span", { class: "edited" }, " (edited)");
  if (message.blocks?.length) return [renderBlocks(message.blocks, messageContext(message)), edited];
  return [mrkdwn(message.text, { verbatim: message.parse === "none" }), edited];
}

function attachments(message) {
  return (message.attachments || []).map((one) => {
    const inner = one.blocks ? renderBlocks(one.blocks, messageContext(message)) : mrkdwn(one.text || one.fallback || "");
    return el("div", { class: "attachment", style: { "--bar": one.color || "#ddd" } }, inner);
  });
}

function repliesLink(message, openThread) {
  if (!message.reply_count) return null;
  const faces = (message.reply_users || []).slice(0, 4).map(avatar);
  const words = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return el("button", { class: "replies", type: "button", onclick: () => openThread(message.ts) }, faces, words);
}

function tools(message, openThread) {
  if (message.is_ephemeral || (message.thread_ts && message.thread_ts !== message.ts)) return null;
  const props = { class: "tool", type: "button", "aria-label": "Reply in thread", title: "Reply in thread" };
  return el("div", { class: "tools" }, el("button", { ...props, onclick: () => openThread(message.ts) }, "💬"));
}

// What using something in a message does. What is chosen and not sent stays in this window.
function messageContext(message) {
  const values = {};
  const place = { message_ts: message.ts, channel: message.channel };
  return {
    form: false,
    held: () => null,
    choose: (block, item, value) => ((values[block.block_id] ??= {})[item.action_id] = value),
    act: (block, item, option) =>
      act("click", { ...place, name: item.action_id, block_id: block.block_id, option, state: values }),
    suggest: (block, item, text) => suggest(message.ts, message.channel, block, item, text),
  };
}
