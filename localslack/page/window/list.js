// Messages in order, with days and what is new between them. It stays at the newest while one reads that,
// loads older ones when one scrolls up, and says then what has come in below.

import { day } from "../dates.js";
import { failureAt } from "../failures.js";
import { loadOlder, seen } from "../going.js";
import { channelName, isBroadcast, store } from "../store.js";
import { icon } from "../ui/icons.js";
import { Component, createRef, html } from "../vendor/preact.js";
import { unreadReplies } from "../unread.js";
import { Message } from "./message.js";

const NEAR = 80; // pixels from the end that still count as reading the newest
const EARLY = 600; // pixels from the beginning at which older ones are asked for
const TOGETHER = 300; // seconds within which somebody's next message needs no name
const MANY = 400; // messages kept on the screen while one reads the newest
const KEPT = 200;

export class MessageList extends Component {
  constructor(props) {
    super(props);
    this.root = createRef();
    this.reading = true;
    this.loading = false;
    this.read = newest(props); // the last message that was there when its reader was at the end
  }

  componentDidMount() {
    this.watch = new ResizeObserver(() => this.reading && this.toEnd());
    this.watch.observe(this.root.current);
    this.settle(true);
  }

  componentWillUnmount() {
    this.watch.disconnect();
  }

  // Where a message stood that stands there before and after, when older ones come in above (and newer ones below).
  getSnapshotBeforeUpdate(before) {
    const [first, now] = [before.messages[0]?.ts, this.props.messages[0]?.ts];
    if (first === now || this.reading) return null;
    const kept = this.message(first > now ? first : now);
    return kept && { kept, top: kept.offsetTop - this.root.current.scrollTop };
  }

  componentDidUpdate(before, _state, stood) {
    if (stood) this.root.current.scrollTop = stood.kept.offsetTop - stood.top;
    this.settle(before.messages.at(-1)?.ts !== this.props.messages.at(-1)?.ts && this.props.messages.at(-1)?.user === store.me);
  }

  settle(anyway) {
    const { channel, thread, messages } = this.props;
    const pointed = store.pointed && messages.some((message) => message.ts === store.pointed) ? store.pointed : null;
    if (pointed && pointed !== this.pointed) return this.point(pointed);
    this.pointed = pointed;
    if (!anyway && !this.reading) return;
    this.toEnd();
    seen(channel, thread);
    if (!thread && messages.length > MANY) store.since.set(channel, messages.at(-KEPT).ts);
  }

  point(ts) {
    this.pointed = ts;
    this.reading = false;
    this.message(ts)?.scrollIntoView({ block: "center" });
  }

  message(ts) {
    return this.root.current.querySelector(`[data-ts="${ts}"]`);
  }

  toEnd() {
    this.root.current.scrollTop = this.root.current.scrollHeight;
    this.atEnd();
  }

  // All of it is read: nothing is below any more.
  atEnd() {
    const some = below(this.props, this.read) > 0;
    this.reading = true;
    this.read = newest(this.props);
    if (some) this.forceUpdate();
  }

  jump() {
    this.toEnd();
    seen(this.props.channel, this.props.thread);
    this.root.current.focus();
  }

  async scrolled() {
    const node = this.root.current;
    this.reading = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;
    if (this.reading) {
      this.atEnd();
      seen(this.props.channel, this.props.thread);
    }
    const { channel, thread } = this.props;
    if (thread || this.loading || node.scrollTop > EARLY || !store.since.get(channel)) return;
    this.loading = true;
    await loadOlder(channel);
    this.loading = false;
  }

  // Arrows move from message to message.
  keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const message = document.activeElement;
    if (!step || (message !== event.currentTarget && !message.classList.contains("message"))) return;
    const all = [...event.currentTarget.querySelectorAll(".message")];
    const at = all.indexOf(message);
    const next = at < 0 ? all.at(-1) : all[at + step];
    event.preventDefault();
    next?.focus();
  }

  render({ id, label, messages, channel, thread }) {
    return html`<div id=${id} class="messages" role="log" aria-label=${label} tabindex="0" ref=${this.root}
        onScroll=${() => this.scrolled()} onKeyDown=${(event) => this.keys(event)}>
      ${!thread && html`<${Beginning} channel=${channel} empty=${!messages.length} />`}
      ${rows(messages, channel, thread)}
    </div>
    <${Below} count=${this.reading ? 0 : below({ messages }, this.read)} jump=${() => this.jump()} />`;
  }
}

const newest = ({ messages }) => messages.at(-1)?.ts ?? "";

// How many messages of others have come in since.
const below = ({ messages }, read) => messages.filter((message) => message.ts > read && message.user !== store.me).length;

function Below({ count, jump }) {
  if (!count) return null;
  return html`<div class="below"><button type="button" onClick=${jump}>${icon("down", 14)} ${count === 1 ? "1 new message below" : `${count} new messages below`}</button></div>`;
}

function Beginning({ channel, empty }) {
  if (store.since.get(channel)) return html`<div class="older" role="status">Loading older messages…</div>`;
  const { kind } = store.channels.get(channel);
  const name = channelName(channel);
  const title = kind === "channel" ? `# ${name}` : name;
  const words = kind === "channel" ? `This is the very beginning of #${name}.` : `This conversation is between you and ${name}.`;
  return html`<div class="beginning"><h3>${title}</h3><p>${words}${empty && " Nothing has been said yet."}</p></div>`;
}

function rows(messages, channel, thread) {
  const made = [];
  let before = null;
  let newShown = Boolean(thread);
  const replies = messages.filter((message) => message.ts !== thread && !message.is_ephemeral).length;
  for (const message of messages) {
    const today = day(new Date(Number(message.ts) * 1000));
    const newDay = !before || day(new Date(Number(before.ts) * 1000)) !== today;
    const isNew = !newShown && isUnread(message);
    newShown ||= isNew;
    if (newDay && !thread) made.push(html`<div key=${`day ${today}`} class="divider day" role="separator"><span>${today}</span></div>`);
    if (isNew) made.push(html`<div key="new" class="divider new" role="separator"><span>New</span></div>`);
    if (thread && before?.ts === thread && replies) made.push(html`<${Replies} key="replies" count=${replies} />`);
    const parent = message.reply_count > 0 && !thread;
    made.push(html`<${Message} key=${message.ts} message=${message} names=${store.names} inThread=${Boolean(thread)}
      compact=${!newDay && !isNew && before?.ts !== thread && follows(before, message)} pointed=${store.pointed === message.ts}
      unreadReplies=${parent ? unreadReplies(channel, message.ts) : 0} last=${message === messages.at(-1)}
      editing=${store.editing === message.ts} failure=${failureAt({ channel: message.channel, message_ts: message.ts })} />`);
    before = message;
  }
  return made;
}

const Replies = ({ count }) =>
  html`<div class="divider replies-line" role="separator"><span>${count === 1 ? "1 reply" : `${count} replies`}</span></div>`;

// What came before somebody opened the channel, and they had not read it.
const isUnread = (message) => message.ts > store.newFrom && message.ts <= store.newTo && message.user !== store.me && !message.is_ephemeral;

function follows(before, message) {
  const same = ["user", "is_ephemeral", "subtype"].every((key) => before[key] === message[key]);
  const plain = !message.reply_count && !before.reply_count && !message.blocks && !isBroadcast(message);
  return same && plain && Number(message.ts) - Number(before.ts) < TOGETHER;
}
