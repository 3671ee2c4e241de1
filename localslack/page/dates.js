// Slack's date formats, in the viewer's own zone.

const formats = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
};
const made = new Map(Object.entries(formats).map(([name, format]) => [name, new Intl.DateTimeFormat("en-GB", format)]));

// Whoever serves this Slack may let time pass: by so many seconds it is later here than on this machine.
let ahead = 0;
export const setAhead = (seconds) => (ahead = seconds ?? 0);
export const nowHere = () => new Date(Date.now() + ahead * 1000);

export function formatDate(seconds, format) {
  const moment = new Date(seconds * 1000);
  if (Number.isNaN(moment.getTime())) return null;
  return format.replace(/\{(\w+)\}/g, (whole, name) => part(moment, name) ?? whole);
}

function part(moment, name) {
  if (name === "ago") return ago(moment);
  if (name === "date_num") return moment.toLocaleDateString("sv-SE");
  if (name === "day_divider_pretty") return day(moment);
  if (name.endsWith("_pretty")) return near(moment) ?? show(moment, name.slice(0, -7));
  return made.has(name) ? show(moment, name) : null;
}

const show = (moment, name) => made.get(name)?.format(moment);
const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());

function near(moment) {
  const days = Math.round((midnight(moment) - midnight(nowHere())) / 86400000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}

export function day(moment) {
  const close = near(moment);
  return close ? close[0].toUpperCase() + close.slice(1) : show(moment, "date_long");
}

export const clock = (ts) => show(new Date(Number(ts) * 1000), "time");
export const full = (ts) => new Date(Number(ts) * 1000).toLocaleString("en-GB");

function ago(moment) {
  const minutes = Math.round((nowHere() - moment) / 60000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
  if (Math.abs(minutes) < 1440) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}

// Seconds in words, to the minute: "1 d 11 h".
export function span(seconds) {
  const minutes = Math.round(seconds / 60);
  const parts = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "min"]];
  return parts.filter(([number]) => number).slice(0, 2).map(([number, unit]) => `${number} ${unit}`).join(" ") || "less than a minute";
}
