// What goes wrong with the API and with webhooks, and how to stop it.

import { read } from "./api.js";
import { element } from "./dom.js";

const METHODS = ["*", "refunds.create", "subscriptions.update", "subscriptions.retrieve", "invoices.pay", "disputes.update"];

const number = (name, label, value, step) =>
  element("label", {}, label, element("input", { name, type: "number", min: 0, step: step ?? 1, value }));

const form = (title, button, fields, send) =>
  element(
    "form",
    {
      onsubmit: (submitted) => {
        submitted.preventDefault();
        send(new FormData(submitted.target));
      },
    },
    element("h3", {}, title),
    fields,
    element("button", {}, button),
  );

const ofTheApi = (kinds, happen) => {
  const options = Object.entries(kinds).map(([kind, does]) => element("option", { value: kind, title: does }, kind));
  const methods = METHODS.map((name) => element("option", { value: name }, name === "*" ? "any method" : name));
  return form(
    "The next calls",
    "Make them go wrong",
    [
      element("label", {}, "Method", element("select", { name: "method" }, methods)),
      element("label", {}, "How", element("select", { name: "kind" }, options)),
      number("times", "How many", 1),
    ],
    (said) => happen("fault", { method: said.get("method"), kind: said.get("kind"), times: Number(said.get("times")) }),
  );
};

const ofWebhooks = (trouble, happen) =>
  form(
    "Webhooks",
    "Set",
    [
      number("duplicates", "Each once more, so often", trouble.duplicates),
      number("delay", "Seconds before each", trouble.delay, "any"),
      number("dropped", "The next lost for good", trouble.dropped),
      number("forged", "The next signed by somebody else", trouble.forged),
      number("stale", "The next signed an hour ago", trouble.stale),
    ],
    (said) => happen("trouble", Object.fromEntries([...said].map(([name, value]) => [name, Number(value)]))),
  );

const waiting = (list) =>
  list.length
    ? element("ul", {}, list.map((one) => element("li", {}, `${one.kind}: ${one.method ?? one.methods}`)))
    : element("p", { class: "none" }, "Nothing is ordered.");

export const panel = async (overview, happen) => {
  const trouble = await read("trouble");
  const faults = overview.faults;
  return [
    element("h2", {}, "What goes wrong"),
    ofTheApi(faults.kinds, happen),
    waiting([...faults.next, ...faults.standing]),
    element("button", { onclick: () => happen("clear_faults") }, "Nothing any more"),
    ofWebhooks(trouble, happen),
    element(
      "div",
      { class: "deeds" },
      trouble.held
        ? [
            element("button", { onclick: () => happen("release") }, "Send what is held back"),
            element("button", { onclick: () => happen("release", { reverse: true }) }, "Send it, the last first"),
          ]
        : element("button", { onclick: () => happen("trouble", { held: true }) }, "Hold webhooks back"),
    ),
    element("h3", {}, "Refunds"),
    element(
      "button",
      { onclick: () => happen("keep_refunds_waiting", { on: !overview.refunds_wait }) },
      overview.refunds_wait ? "Let them succeed at once" : "Keep them pending",
    ),
    element("h3", {}, "Events go to"),
    overview.endpoints.length
      ? element("ul", {}, overview.endpoints.map((one) => element("li", {}, one.url)))
      : element("p", { class: "none" }, "Nobody."),
  ];
};
