// The tour: scenarios that a visitor plays, or has played, and that tick by themselves what comes true.
//
// The server plays and watches (GET /_local/tours, POST /_local/tour_start, tour_play, tour_stop; changes come as
// {type: "tour"}); here it is drawn, pointed at, and done slowly enough to be seen.

import { el } from "../dom.js";
import { displayName, store } from "../store.js";
import { become, doIt, pointer } from "./tour-guide.js";
import { styled } from "./tour-offer.js";

const MARKS = {
  done: ["✓", "done"],
  now: ["●", "now"],
  next: ["○", "to come"],
  failed: ["✗", "not as expected"],
  "not checked": ["?", "not checked"],
  "not played": ["–", "not played"],
};

export async function mount(root, api) {
  styled();
  const said = el("p", { class: "t-said", role: "status" });
  const body = el("div", { class: "tour" });
  root.append(said, body);
  let drawn = "";
  let state = await api.get("tours");
  const show = () => {
    const news = JSON.stringify([state, api.me()]);
    if (news === drawn) return;
    drawn = news;
    const focused = body.contains(document.activeElement);
    body.replaceChildren(...(state.running ? running(state, api) : list(state, api)));
    if (focused) body.querySelector("button")?.focus({ preventScroll: true });
    inSight(root, body, state.running);
    said.textContent = spoken(state.running);
  };
  const points = pointer(api, show);
  const take = (change) => {
    state = change;
    show();
    points.at(state.running);
  };
  api.subscribe((change) => change.type === "tour" && take(change));
  take(state);
}

// The list from its top; of a tour what it is about now: what is to be done, what was just checked, or how it ended.
function inSight(root, body, tour) {
  if (!tour) return root.scrollTo({ top: 0 });
  if (tour.reading) return body.querySelector(".t-step.fresh")?.scrollIntoView({ block: "nearest" });
  body.querySelector(".t-ending, .t-step.now")?.scrollIntoView({ block: "nearest" }); // below the step that failed
}

function list({ tours }, api) {
  if (!tours.length) return [el("p", { class: "empty" }, "There is no tour here. The demo has some: pm demo.")];
  const intro = "Each tour plays a situation with the real bot. Do the steps yourself, or press “Do it for me”; the results are checked.";
  const groups = Map.groupBy(tours, (tour) => tour.group);
  return [el("p", { class: "t-intro" }, intro), ...[...groups].map(([name, some], at) => group(name, some, at === 0, api))];
}

// What somebody opened or closed stays so, also after a tour.
const opened = new Map();

function group(name, tours, first, api) {
  const done = tours.filter((tour) => tour.done).length;
  const count = done ? `${done} of ${tours.length} done` : `${tours.length} ${tours.length === 1 ? "tour" : "tours"}`;
  const open = opened.get(name) ?? (first || done > 0);
  const drawn = el("details", { class: "t-group", open },
    el("summary", {}, el("h3", {}, name, el("span", { class: done === tours.length ? "t-taken" : "t-lasts" }, count))),
    ...tours.map((tour) => offered(tour, api)));
  drawn.addEventListener("toggle", () => opened.set(name, drawn.open));
  return drawn;
}

function offered(tour, api) {
  const start = { class: "t-main", type: "button", "aria-label": `Start: ${tour.title}`, onclick: () => api.post("tour_start", { name: tour.name }) };
  return el("section", { class: "t-offered" },
    el("h4", {}, tour.title, el("span", { class: "t-lasts" }, tour.lasts), tour.done && el("span", { class: "t-taken" }, "✓ done")),
    el("p", {}, tour.about),
    el("button", start, tour.done ? "Once more" : "Start"));
}

function running({ running: tour, tours }, api) {
  const again = () => api.post("tour_start", { name: tour.name });
  const leave = () => api.post("tour_stop", {});
  const playing = tour.state === "playing";
  const next = tour.reading && el("button", { class: "t-main", type: "button", onclick: () => api.post("tour_play", {}) }, "Next");
  const foot = playing && el("div", { class: "t-row t-foot" }, next,
    el("button", { type: "button", onclick: again }, "Start over"),
    el("button", { type: "button", onclick: () => (leave(), closed()) }, "Leave the tour"));
  const where = playing && el("span", { class: "t-lasts" }, `part ${tour.part} of ${tour.parts}`);
  const fresh = tour.reading ? tour.steps.findLastIndex((step) => step.kind === "when" && step.mark === "done") : Infinity;
  return [
    el("h3", { class: "t-title" }, tour.title, where),
    el("p", { class: "t-cast" }, cast(tour)),
    el("ol", { class: tour.steps.some((step) => step.plain) ? "t-steps plain" : "t-steps" }, tour.steps.map((step, at) => line(tour, step, step.mark === "now" ? now(tour, step, api) : null, at > fresh && step.mark !== "next"))),
    playing ? foot : ending(tour, tours, api, again, leave),
  ];
}

// Who takes part, and what they are.
function cast(tour) {
  const parts = tour.cast.map(({ person }) => `${displayName(person)}${titled(person)}`);
  return parts.length ? `With ${parts.join(", ")}.` : "";
}

function titled(person) {
  const { title } = store.people.get(person) ?? {};
  return title ? ` (${title})` : "";
}

// Whoever leaves the tour wants their window back.
const closed = () => document.querySelector('#panels [aria-label="Close tools"]').click();

function line(tour, step, inner, fresh) {
  const [sign, words] = MARKS[step.mark];
  const about = step.why && el("div", { class: "t-why" }, `${words}: ${step.why}`);
  const seen = step.seen && el("p", { class: "t-seen" }, step.seen);
  return el("li", { class: `t-step ${step.mark.replace(" ", "-")} ${step.kind}${fresh ? " fresh" : ""}` },
    el("span", { class: "t-mark", role: "img", "aria-label": words }, sign),
    el("div", { class: "t-words" }, said(tour, step), seen, about, inner));
}

// In plain words where there are some, else as the scenario has it.
function said(tour, step) {
  if (step.plain) return el("p", { class: "t-plain" }, step.plain);
  return [el("span", { class: "t-keyword" }, `${step.keyword} `), quoted(step.text, tour.cast)];
}

// What stands in quotation marks is on the screen, or is to be typed; outside of it parts are called by who plays them.
function quoted(text, cast) {
  return text.split(/("[^"]*")/).map((part) => (part.startsWith('"') ? el("span", { class: "t-quoted" }, part) : byName(part, cast)));
}

const byName = (text, cast) => cast.reduce((said, { name, person }) => said.replaceAll(name, firstName(displayName(person))), text);

// Beside the verdict, right below the step it is about.
function otherwise(step) {
  const found = step.found.map((one) => el("li", {}, one));
  return el("div", { class: "t-otherwise" }, el("p", {}, el("b", {}, "Expected: "), step.expected), el("p", {}, el("b", {}, "Instead:")), el("ul", {}, found));
}

// What goes on at this step: it is the visitor's turn, or something is waited for.
function now(tour, step, api) {
  if (!tour.person) return el("p", { class: "t-now" }, step.kind === "given" ? "Preparing …" : "Watching for it …");
  const other = tour.person !== api.me();
  const name = displayName(tour.person);
  const turn = other ? `This is ${name}'s part; you are ${displayName(api.me())} now.` : `Your turn, as ${name}.`;
  const change = other && el("button", { type: "button", onclick: () => become(api, tour) }, `Switch to ${firstName(name)}`);
  const does = el("button", { class: "t-main", type: "button", onclick: () => doIt(api, tour) }, `Do it for me, as ${firstName(name)}`);
  const text = tour.target?.text && el("p", { class: "t-typed" }, tour.target.text);
  return el("div", { class: "t-now" }, el("p", {}, turn, " ", !other && how(tour.target)), text, el("div", { class: "t-row" }, does, change));
}

const firstName = (name) => name.split(" ")[0];

function how(target) {
  if (!target) return "";
  if (target.text) return "Type this in the marked field:";
  return target.times > 1 ? "Double-click the marked button." : "Press the marked button.";
}

function ending(tour, tours, api, again, leave) {
  const after = tours[tours.findIndex((one) => one.name === tour.name) + 1];
  const next = after && el("button", { class: "t-main", type: "button", onclick: () => api.post("tour_start", { name: after.name }) }, `Next: ${after.title}`);
  const over = el("button", { type: "button", onclick: again }, tour.state === "done" ? "Once more" : "Start over");
  const good = tour.state === "done";
  const left = el("button", { type: "button", onclick: () => (leave(), closed()) }, "Leave the tour");
  const failed = tour.steps.find((step) => step.mark === "failed");
  return el("div", { class: good ? "t-ending" : "t-ending otherwise" },
    el("p", { class: "t-verdict" }, verdict(tour)),
    good && answers(tour),
    good ? el("p", {}, tour.afterwards) : failed && otherwise(failed),
    el("div", { class: "t-row" }, good && next, over, el("button", { type: "button", onclick: leave }, "All tours"), !good && left));
}

// What somebody who has seen it can answer now.
function answers(tour) {
  if (!tour.answers.length) return false;
  return el("dl", { class: "t-answers" }, tour.answers.flatMap(({ question, answer }) => [el("dt", {}, question), el("dd", {}, answer)]));
}

function verdict(tour) {
  if (tour.state !== "done") return "The tour stopped here, because something was not as it should be.";
  const open = tour.not_checked ? ` ${tour.not_checked} could not be checked.` : "";
  const checks = tour.checked === 1 ? "1 of them was a check: it was as expected." : `${tour.checked} of them were checks: all were as expected.`;
  return `Done: ${tour.steps.length} steps in ${tour.parts} ${tour.parts === 1 ? "part" : "parts"}. ${checks}${open}`;
}

// For who listens: what is to be done, and how it ended.
function spoken(tour) {
  if (!tour) return "";
  if (tour.state !== "playing") return verdict(tour);
  if (tour.reading) return "Checked. Press Next to go on.";
  return tour.person ? `Part ${tour.part}: ${tour.steps[tour.at].plain || tour.steps[tour.at].text}` : "";
}
