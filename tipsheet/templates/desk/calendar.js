// The calendar: the slots of the schedule, week by week, with what stands in them.
import { get } from "./api.js";
import { STATES, findingsOf, here } from "./library.js";
import { byId, counted, day, make } from "./page.js";

export class Calendar {
  /** `doing` has `fill(date)`, `assemble(week)`, `move(path, weeks)`. */
  constructor(doing) {
    this.doing = doing;
    this.weeks = 12;
  }

  async show(state) {
    const asked = this.asked = Symbol("calendar");
    let slots = null, refused = "";
    try { ({ slots } = await get("calendar", { weeks: this.weeks })); } catch (refusal) { refused = refusal.message; }
    if (asked !== this.asked) return;
    const focused = document.activeElement?.dataset?.key;
    const weeks = make("select", { id: "weeks", onchange: event => { this.weeks = Number(event.target.value); this.show(state); } },
      [8, 12, 26, 52].map(count => make("option", { value: count, selected: count === this.weeks }, counted(count, "week"))));
    byId("calendar").replaceChildren(
      make("header", {}, make("h2", { id: "calendar-heading", tabindex: "-1" }, "Calendar"),
        make("span", { class: "choice" }, make("label", { for: "weeks" }, "Show"), weeks)),
      slots ? make("ol", { class: "slots" }, slots.map(slot => this.#slot(slot, state))) : make("p", { class: "refused" }, refused));
    if (focused) byId("calendar").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #slot(slot, state) {
    const issue = slot.path ? state.issues.find(one => one.path === slot.path) : null;
    const button = (key, words, label, act) => make("button", { type: "button", class: "plain", "data-key": key, "aria-label": label, onclick: act }, words);
    const date = make("time", { datetime: slot.date }, day(slot.date, { weekday: true }));
    if (!slot.path) {
      return make("li", { class: "free" }, date, make("div", { class: "what" }, make("p", {}, "Free")),
        make("div", { class: "doings" },
          button(`new ${slot.date}`, "New issue", `New issue on ${day(slot.date)}`, () => this.doing.fill(slot.date)),
          button(`assemble ${slot.date}`, "From the library", `Issue from the library on ${day(slot.date)}`, () => this.doing.assemble(slot))));
    }
    return make("li", { class: issue?.state ?? slot.kind }, date,
      make("div", { class: "what" },
        make("p", {}, make("a", { href: here(slot.path), "data-key": slot.path }, slot.title || "Untitled")),
        slot.action ? make("p", { class: "do" }, make("span", { class: "tag" }, "Do"), ` ${slot.action}`) : null,
        make("p", { class: "meta" }, issue ? make("span", { class: `state ${issue.state}` }, STATES[issue.state]) : slot.kind, issue ? findingsOf(issue) : null)),
      issue && issue.state !== "out" ? make("div", { class: "doings" },
        button(`-1 ${slot.path}`, "Week earlier", `A week earlier: ${slot.title}`, () => this.doing.move(slot.path, -1)),
        button(`+1 ${slot.path}`, "Week later", `A week later: ${slot.title}`, () => this.doing.move(slot.path, 1))) : null);
  }
}
