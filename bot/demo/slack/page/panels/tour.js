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
    body.querySelector(".t-ending, .t-step.now")?.scrollIntoView({ block: "nearest" });
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

function list({ tours }, api) {
  if (!tours.length) return [el("p", { class: "empty" }, "There is no tour here. The demo has some: pm demo.")];
  const intro = "Each plays a situation with the bot as it is. Do the steps yourself or have them done; what should come of them is checked as you go.";
  return [el("p", { class: "t-intro" }, intro), ...tours.map((tour) => offered(tour, api))];
}

function offered(tour, api) {
  const start = { class: "t-main", type: "button", "aria-label": `Start: ${tour.title}`, onclick: () => api.post("tour_start", { name: tour.name }) };
  return el("section", { class: "t-offered" },
    el("h3", {}, tour.title, el("span", { class: "t-lasts" }, tour.lasts)),
    el("p", {}, tour.about),
    el("button", start, "Start"));
}

function running({ running: tour, tours }, api) {
  const again = () => api.post("tour_start", { name: tour.name });
  const leave = () => api.post("tour_stop", {});
  const playing = tour.state === "playing";
  const small = playing && el("div", { class: "t-row t-small" },
    el("button", { type: "button", onclick: again }, "Start over"),
    el("button", { type: "button", onclick: leave }, "Leave the tour"));
  const where = playing && el("span", { class: "t-lasts" }, `step ${tour.at + 1} of ${tour.steps.length}`);
  return [
    el("h3", { class: "t-title" }, tour.title, where),
    el("p", { class: "t-cast" }, cast(tour)),
    el("ol", { class: tour.steps.some((step) => step.plain) ? "t-steps plain" : "t-steps" }, tour.steps.map((step) => line(tour, step, step.mark === "now" ? now(tour, step, api) : null))),
    playing ? small : ending(tour, tours, api, again, leave),
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

function line(tour, step, inner) {
  const [sign, words] = MARKS[step.mark];
  const about = step.why && el("div", { class: "t-why" }, `${words}: ${step.why}`);
  return el("li", { class: `t-step ${step.mark.replace(" ", "-")} ${step.kind}` },
    el("span", { class: "t-mark", role: "img", "aria-label": words }, sign),
    el("div", { class: "t-words" }, said(tour, step), about, inner));
}

// In plain words where there are some, with what exactly is done or checked below.
function said(tour, step) {
  const exact = [el("span", { class: "t-keyword" }, `${step.keyword} `), quoted(step.text, tour.cast)];
  return step.plain ? [el("p", { class: "t-plain" }, step.plain), el("p", { class: "t-exact" }, exact)] : exact;
}

// What stands in quotation marks is on the screen, or is to be typed; outside of it parts are called by who plays them.
function quoted(text, cast) {
  return text.split(/("[^"]*")/).map((part) => (part.startsWith('"') ? el("span", { class: "t-quoted" }, part) : byName(part, cast)));
}

const byName = (text, cast) => cast.reduce((said, { name, person }) => said.replaceAll(name, firstName(displayName(person))), text);

// Beside the verdict: the step it is about may be far above, out of sight.
function otherwise(step) {
  const found = step.found.map((one) => el("li", {}, one));
  return el("div", { class: "t-otherwise" }, el("p", {}, el("b", {}, "Expected: "), step.expected), el("p", {}, el("b", {}, "Instead:")), el("ul", {}, found));
}

// What goes on at this step: it is the visitor's turn, or something is waited for.
function now(tour, step, api) {
  if (!tour.person) return el("p", { class: "t-now" }, step.kind === "given" ? "Being made ready …" : "Watching for it …");
  const other = tour.person !== api.me();
  const name = displayName(tour.person);
  const turn = other ? `Next is ${name}; you are ${displayName(api.me())}.` : `Your turn, as ${name}.`;
  const change = other && el("button", { type: "button", onclick: () => become(api, tour) }, `Become ${firstName(name)}`);
  const does = el("button", { class: "t-main", type: "button", onclick: () => doIt(api, tour) }, "Do it for me");
  return el("div", { class: "t-now" }, el("p", {}, turn, " ", !other && how(tour.target)), el("div", { class: "t-row" }, does, change));
}

const firstName = (name) => name.split(" ")[0];

function how(target) {
  if (!target) return "";
  if (target.text) return "Type it in the marked field.";
  return target.times > 1 ? "Double-click the marked button." : "Press the marked button.";
}

function ending(tour, tours, api, again, leave) {
  const after = tours[tours.findIndex((one) => one.name === tour.name) + 1];
  const next = after && el("button", { class: "t-main", type: "button", onclick: () => api.post("tour_start", { name: after.name }) }, `Next: ${after.title}`);
  const over = el("button", { type: "button", onclick: again }, tour.state === "done" ? "Once more" : "Start over");
  const good = tour.state === "done";
  const failed = tour.steps.find((step) => step.mark === "failed");
  return el("div", { class: good ? "t-ending" : "t-ending otherwise" },
    el("p", { class: "t-verdict" }, verdict(tour)),
    good && answers(tour),
    good ? el("p", {}, tour.afterwards) : failed && otherwise(failed),
    el("div", { class: "t-row" }, good && next, over, el("button", { type: "button", onclick: leave }, "All tours")));
}

// What somebody who has seen it can answer now.
function answers(tour) {
  if (!tour.answers.length) return false;
  return el("dl", { class: "t-answers" }, tour.answers.flatMap(({ question, answer }) => [el("dt", {}, question), el("dd", {}, answer)]));
}

function verdict(tour) {
  const checked = `${tour.checked} ${tour.checked === 1 ? "thing" : "things"} checked`;
  const open = tour.not_checked ? `, ${tour.not_checked} not` : "";
  return tour.state === "done" ? `Done. ${checked}${open}.` : "It went otherwise than expected; nothing more is played.";
}

// For who listens: what is to be done, and how it ended.
function spoken(tour) {
  if (!tour) return "";
  if (tour.state !== "playing") return verdict(tour);
  return tour.person ? `Step ${tour.at + 1}: ${tour.steps[tour.at].text}` : "";
}
