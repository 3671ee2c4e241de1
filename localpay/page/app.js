// The page: all objects at /, one kind at /test/invoices, one object at /test/invoices/in_…, as Stripe's dashboard.

import { act, read } from "./api.js";
import { element, time, when } from "./dom.js";
import { badge, buttons, PLURALS, table, TITLES } from "./rows.js";
import { panel } from "./trouble.js";

const EVERY = 1000; // milliseconds between two looks
const main = document.querySelector("main");
const said = document.querySelector(".said");
let shown = -1;

const place = () => {
  const [plural, id] = location.pathname.replace(/^\/test/, "").split("/").filter(Boolean);
  const kind = Object.keys(PLURALS).find((one) => PLURALS[one] === plural);
  return { kind, id: id && decodeURIComponent(id) };
};

const happen = async (name, given) => {
  try {
    await act(name, given);
    said.textContent = "";
  } catch (refused) {
    said.textContent = refused.message;
  }
  await draw();
};

const one = async (id) => {
  const { object, row, related } = await read(`object/${encodeURIComponent(id)}`);
  const groups = Object.keys(TITLES).map((kind) => related.filter((other) => other.kind === kind));
  return [
    element("h1", {}, row.title || row.id, badge(row.state)),
    element("p", { class: "facts" }, element("code", {}, row.id), element("span", {}, row.amount), element("span", {}, row.customer), time(row.created)),
    element("div", { class: "deeds" }, buttons(row, happen)),
    ...groups.filter((rows) => rows.length).map((rows) => table(rows[0].kind, rows, rows.length, happen)),
    element("details", {}, element("summary", {}, "As the API answers it"), element("pre", {}, JSON.stringify(object, null, 2))),
  ];
};

const all = (overview, kind) =>
  Object.keys(TITLES)
    .filter((each) => !kind || each === kind)
    .map((each) => table(each, overview.rows[each], overview.counts[each], happen));

const drawMain = async (overview) => {
  const { kind, id } = place();
  try {
    main.replaceChildren(...(id ? await one(id) : all(overview, kind)));
  } catch (refused) {
    main.replaceChildren(element("p", { class: "none" }, refused.message));
  }
};

const draw = async () => {
  const overview = await read("overview");
  shown = overview.version;
  document.querySelector(".clock time").textContent = when(overview.now);
  document.querySelector("nav").replaceChildren(
    ...Object.keys(TITLES).map((kind) =>
      element(
        "a",
        { href: `/test/${PLURALS[kind]}`, "aria-current": place().kind === kind ? "page" : null },
        `${TITLES[kind]} ${overview.counts[kind]}`,
      ),
    ),
  );
  await drawMain(overview);
  document.querySelector("aside").replaceChildren(...(await panel(overview, happen)));
};

const look = async () => {
  try {
    const { version, now } = await read("version");
    document.querySelector(".clock time").textContent = when(now);
    if (version !== shown && !document.querySelector("aside :focus")) await draw();
  } catch {
    said.textContent = "The local Stripe does not answer.";
  }
  setTimeout(look, EVERY);
};

for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => happen("advance", { seconds: Number(button.dataset.days) * 86400 }));
}
await draw();
look();
