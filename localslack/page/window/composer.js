// Where one types: messages with completion of names, slash commands with their hint, global shortcuts.

import { act } from "../api.js";
import { freshId, toast } from "../dom.js";
import { tellFailure } from "../failures.js";
import { edit, seen } from "../going.js";
import { mainMessages, store, threadMessages } from "../store.js";
import { avatar } from "../ui/avatar.js";
import { EmojiButton } from "../ui/emoji.js";
import { icon } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { Popup } from "../ui/popup.js";
import { Component, createRef, html } from "../vendor/preact.js";
import { commandIn, offersFor } from "./completion.js";

const TALLEST = 220;
const drafts = new Map(); // channel or thread → what was typed and not sent

export class Composer extends Component {
  constructor(props) {
    super(props);
    this.box = createRef();
    this.row = createRef();
    this.listId = freshId("offers");
    this.key = `${store.me}/${props.thread ?? props.channel}`;
    this.state = { offers: [], at: 0, text: drafts.get(this.key) ?? "" };
  }

  componentDidMount() {
    this.grow();
    const elsewhere = document.activeElement?.closest("#top, #panels"); // somebody uses the tools
    if (!elsewhere && (this.props.thread || innerWidth > 700)) this.box.current.focus();
  }

  put(text, cursor = text.length) {
    drafts.set(this.key, text);
    this.setState({ text, offers: [] }, () => {
      this.box.current.setSelectionRange(cursor, cursor);
      this.grow();
    });
  }

  typed() {
    const box = this.box.current;
    drafts.set(this.key, box.value);
    this.setState({ text: box.value, offers: offersFor(box.value.slice(0, box.selectionStart)), at: 0 });
    this.grow();
    seen(this.props.channel, this.props.thread);
  }

  grow() {
    const box = this.box.current;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
  }

  insert(words) {
    const box = this.box.current;
    const before = box.value.slice(0, box.selectionStart) + words;
    this.put(before + box.value.slice(box.selectionEnd), before.length);
    box.focus();
  }

  take(offer) {
    const box = this.box.current;
    const before = box.value.slice(0, box.selectionStart).replace(/[@#:/][^@#:/\n]*$/, `${offer.insert} `);
    this.put(before + box.value.slice(box.selectionStart), before.length);
    box.focus();
  }

  keys(event) {
    const { offers, at, text } = this.state;
    if (offers.length && this.pickKey(event, offers, at)) return event.preventDefault();
    if (event.key === "ArrowUp" && !text) return this.editLast(event);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit(text.trim());
  }

  editLast(event) {
    const { channel, thread } = this.props;
    const last = (thread ? threadMessages(channel, thread) : mainMessages(channel)).findLast((message) => message.user === store.me);
    if (!last) return;
    event.preventDefault();
    edit(last.ts);
  }

  pickKey(event, offers, at) {
    const offer = offers[at];
    const complete = event.key === "Enter" && offer.insert === this.state.text.trim();
    if (event.key === "ArrowDown") this.setState({ at: (at + 1) % offers.length });
    else if (event.key === "ArrowUp") this.setState({ at: (at + offers.length - 1) % offers.length });
    else if (event.key === "Tab" || (event.key === "Enter" && !complete)) this.take(offer);
    else if (event.key === "Escape") this.setState({ offers: [] });
    else return false;
    event.stopPropagation();
    return true;
  }

  async submit(text) {
    if (!text) return;
    const { channel, thread } = this.props;
    if (!text.startsWith("/")) {
      return this.send("say", { channel, text, thread_ts: thread ?? null });
    }
    const command = text.split(/\s/)[0];
    if (thread) return toast(`${command} is not supported in threads. Sorry!`);
    if (!commandIn(text)) return toast(`${command} is not a valid command.`);
    return this.send("command", { channel, text });
  }

  // What was not taken stands in the box again, unless something else does by then.
  async send(name, said) {
    this.put("");
    const reply = await act(name, said);
    if (reply.error === "refused" && this.box.current && this.props.channel === said.channel && !this.state.text) this.put(said.text);
  }

  render({ label, channel, thread }, { text, offers, at }) {
    if (store.channels.get(channel)?.archived) return html`<p class="archived">This channel is archived. You cannot post in it.</p>`;
    const command = !thread && commandIn(text);
    return html`<div class="composer">
      ${offers.length > 0 && this.offers(offers, at)}
      ${command && !offers.length && html`<div class="command-hint"><b>${command.command}</b> <span>${command.usage_hint}</span></div>`}
      <div class="compose-row" ref=${this.row}>
        <textarea class="compose" rows="1" ref=${this.box} aria-label=${label} placeholder=${label} value=${text} aria-autocomplete="list"
          aria-controls=${offers.length ? this.listId : undefined}
          aria-activedescendant=${offers.length ? `${this.listId}-${at}` : undefined}
          onInput=${() => this.typed()} onKeyDown=${(event) => this.keys(event)} onBlur=${() => this.setState({ offers: [] })}></textarea>
        <div class="compose-foot">
          ${!thread && html`<${Shortcuts} />`}
          <${EmojiButton} pick=${(name) => this.insert(`:${name}: `)} button=${tool("Emoji")}>${icon("smile")}</${EmojiButton}>
          <button type="button" ...${tool("Mention somebody")} onClick=${() => this.mention()}>${icon("at")}</button>
          <span class="compose-hint">${text && html`<b>Shift + Enter</b> for a new line`}</span>
          <button type="button" class=${text.trim() ? "send ready" : "send"} aria-label="Send" disabled=${!text.trim()}
            onClick=${() => this.submit(text.trim())}>${icon("send")}</button>
        </div>
      </div></div>`;
  }

  mention() {
    const box = this.box.current;
    const before = box.value.slice(0, box.selectionStart);
    this.insert(before && !/\s$/.test(before) ? " @" : "@");
    setTimeout(() => this.typed());
  }

  offers(offers, at) {
    return html`<${Popup} anchor=${this.row} wide above leave=${() => this.setState({ offers: [] })}
      class="options" role="listbox" id=${this.listId} aria-label="Suggestions">
      ${offers.map((offer, place) => this.offer(offer, place, place === at))}</${Popup}>`;
  }

  offer(offer, place, marked) {
    return html`<div key=${offer.id} class="option" role="option" id=${`${this.listId}-${place}`} aria-selected=${String(marked)}
      onMouseDown=${(event) => (event.preventDefault(), this.take(offer))}>
      ${offer.user ? avatar(offer.user) : html`<span class="option-sign">${offer.sign}</span>`}
      <b>${offer.name}</b> ${offer.hint && html`<span class="hint">${offer.hint}</span>`}</div>`;
  }
}

const tool = (name) => ({ class: "tool", "aria-label": name, title: name });

function Shortcuts() {
  const all = store.workspace.shortcuts.filter((one) => one.type === "global");
  const items = all.map((one) => ({ label: one.name, hint: one.description || store.workspace.bot_name, act: () => run(one) }));
  if (!items.length) return null;
  return html`<${Menu} items=${items} button=${tool("Shortcuts")}>${icon("plus")}</${Menu}>`;
}

async function run(shortcut) {
  tellFailure(await act("shortcut", { callback_id: shortcut.callback_id }));
}
