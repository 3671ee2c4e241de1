// One message; drawn anew only when it, or the names in it, changed.

import { act, suggest } from "../api.js";
import { Blocks } from "../blocks/blocks.js";
import { clock, full } from "../dates.js";
import { heldOf } from "../blocks/held.js";
import { mrkdwn } from "../blocks/mrkdwn.js";
import { Failure } from "../failures.js";
import { openThread } from "../going.js";
import { displayName, isBroadcast, store } from "../store.js";
import { avatar } from "../ui/avatar.js";
import { icon } from "../ui/icons.js";
import { Component, html } from "../vendor/preact.js";
import { allBlocks, Attachment } from "./attachments.js";
import { Editor } from "./editor.js";
import { Files } from "./files.js";
import { Reactions } from "./reactions.js";
import { Tools } from "./tools.js";

export class Message extends Component {
  constructor(props) {
    super(props);
    this.state = { over: false, busy: false };
  }

  shouldComponentUpdate(props, state) {
    const differs = (a, b) => Object.keys(b).some((key) => a[key] !== b[key]);
    return differs(this.props, props) || differs(this.state, state);
  }

  left(event) {
    if (!event.currentTarget.contains(event.relatedTarget)) this.setState({ over: false });
  }

  render({ message, compact, pointed, inThread, unreadReplies, last, failure, editing }, { over, busy }) {
    const is = { system: isSystem(message), ephemeral: message.is_ephemeral, compact, pointed, busy };
    const words = ["message", ...Object.keys(is).filter((name) => is[name])];
    const tools = (over || busy) && !editing && html`<${Tools} message=${message} inThread=${inThread}
      opened=${(open) => this.setState({ busy: open })} />`;
    const show = () => this.setState({ over: true });
    return html`<article class=${words.join(" ")} data-ts=${message.ts} data-channel=${message.channel}
        tabindex=${last ? 0 : -1} aria-label=${`${displayName(message.user)}, ${clock(message.ts)}`}
        onMouseEnter=${show} onMouseLeave=${() => this.setState({ over: false })}
        onFocusIn=${show} onFocusOut=${(event) => this.left(event)}>
      <div class="side">${avatar(message.user)}<span class="side-time">${clock(message.ts)}</span></div>
      <div class="message-body">
        ${message.is_ephemeral && html`<div class="only-you">${icon("eye", 14)} Only visible to you</div>`}
        ${message.pinned_to?.length > 0 && html`<div class="pinned">${icon("pin", 13)} Pinned</div>`}
        ${isBroadcast(message) && html`<button type="button" class="dismiss"
          onClick=${() => openThread(message.thread_ts)}>replied to a thread</button>`}
        <${Headline} message=${message} />
        ${editing ? html`<${Editor} message=${message} />` : html`<${Content} message=${message} />`}
        <${Failure} failure=${failure} />
        <${Files} files=${message.files} />
        <${Reactions} message=${message} />
        ${message.reply_count > 0 && !inThread && html`<${RepliesLink} message=${message} unread=${unreadReplies} />`}
        ${message.is_ephemeral && html`<${Dismiss} message=${message} />`}
      </div>
      ${tools}
    </article>`;
  }
}

// What Slack itself writes when something happens to a channel.
const SAID = new Set(["thread_broadcast", "file_share", "bot_message", "me_message"]);
const isSystem = (message) => Boolean(message.subtype) && !SAID.has(message.subtype);

function Headline({ message }) {
  const guest = store.people.get(message.user)?.guest;
  return html`<div class="headline"><span class="name">${displayName(message.user)}</span>
    ${message.bot_id && html`<span class="app-badge">APP</span>`}
    ${guest && html`<span class="app-badge">GUEST</span>`}
    <time class="time" title=${full(message.ts)}>${clock(message.ts)}</time></div>`;
}

function Content({ message }) {
  const context = contextOf(message);
  const edited = message.edited && !message.bot_id && html`<span class="edited"> (edited)</span>`;
  const words = message.blocks?.length
    ? html`<${Blocks} blocks=${message.blocks} context=${context} />`
    : mrkdwn(message.text ?? "", { verbatim: message.parse === "none" });
  return html`<div class="content">${words}${edited}
    ${message.attachments?.map((one) => html`<${Attachment} key=${one.id} ...${{ one, message, context }} />`)}</div>`;
}

// What using something in a message does. What is chosen and not sent stays in this window.
function contextOf(message) {
  const held = heldOf(message.ts);
  const place = { message_ts: message.ts, channel: message.channel };
  return {
    held,
    act: (block, item, option) =>
      act("click", { ...place, name: item.action_id, block_id: block.block_id, option, state: held.known(allBlocks(message)) }),
    suggest: (block, item, text) => suggest(message.ts, message.channel, block, item, text),
  };
}

function RepliesLink({ message, unread }) {
  const words = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return html`<button class=${unread ? "replies unread" : "replies"} type="button" onClick=${() => openThread(message.ts)}>
    ${(message.reply_users ?? []).slice(0, 4).map(avatar)}<span>${words}</span>
    ${unread > 0 && html`<span class="new-replies">${unread} new</span>`}
    <span class="last-reply">Last reply ${clock(message.latest_reply ?? message.ts)}</span></button>`;
}

const Dismiss = ({ message }) => html`<button type="button" class="dismiss"
  onClick=${() => act("delete_message", { channel: message.channel, ts: message.ts })}>Dismiss message</button>`;
