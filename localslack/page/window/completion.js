// What the composer offers while one types: people after @, channels after #, emoji after :, commands after /.

import { store } from "../store.js";
import { emoji, emojiLike } from "../ui/emoji.js";

const MOST = 8;

// Offers {id, sign, name, hint, insert} for the word before the cursor; none when nothing is being named.
export function offersFor(before) {
  const command = /^(\/\S*)$/.exec(before)?.[1];
  if (command) return commands(command);
  const [, sign, typed] = /(?:^|[\s(])([@#:])([\w.\-+ ]{0,30})$/.exec(before) ?? [];
  if (sign === "@") return people(typed.toLowerCase());
  if (sign === "#") return channels(typed.toLowerCase());
  if (sign === ":" && /^[\w+-]{2,}$/.test(typed)) return emojiLike(typed.toLowerCase(), MOST).map(emojiOffer);
  return [];
}

export const commandIn = (text) => store.workspace.commands.find((one) => text === one.command || text.startsWith(`${one.command} `));

function commands(typed) {
  return store.workspace.commands
    .filter((one) => one.command.startsWith(typed))
    .map((one) => ({ id: one.command, sign: "⚡", name: one.command, hint: about(one), insert: one.command }));
}

const about = (command) => [command.usage_hint, command.description].filter(Boolean).join(" · ");

function people(typed) {
  const bot = { id: store.workspace.bot, name: store.workspace.bot_name, real_name: "App" };
  const all = [...[...store.people.values()].filter((one) => !one.deleted), bot];
  const everyone = ["here", "channel"].filter((range) => range.startsWith(typed) && typed);
  const starts = (text) => text.toLowerCase().split(/\s+/).some((_, at, words) => words.slice(at).join(" ").startsWith(typed));
  return [
    ...all.filter((one) => starts(one.name) || starts(one.real_name)).map((one) => ({
      id: one.id, user: one.id, name: one.name, hint: one.title ? `${one.real_name}, ${one.title}` : one.real_name, insert: `@${one.name}`,
    })),
    ...everyone.map((range) => ({ id: range, sign: "@", name: range, hint: "Tell everybody here", insert: `@${range}` })),
  ].slice(0, MOST);
}

function channels(typed) {
  const all = [...store.channels.values()].filter((one) => one.kind === "channel" && one.name.startsWith(typed));
  return all.slice(0, MOST).map((one) => ({ id: one.id, sign: "#", name: one.name, insert: `#${one.name}` }));
}

const emojiOffer = (name) => ({ id: name, sign: emoji(name), name: `:${name}:`, insert: `:${name}:` });
