// The calendar: the slots of the schedule, week by week, with what stands in them.
import { get } from "./api.js";
import { STATES, findingsOf, here } from "./library.js";
import { byId, counted, day, make, redraw } from "./page.js";

const ISSUES = ["out", "issue", "draft", "overdue draft"]; // other kinds are events, notes and free slots

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
    if (asked === this.asked) redraw(this, () => this.#draw(slots, refused, state));
  }

  #draw(slots, refused, state) {
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
    const date = make("time", { datetime: slot.date }, day(slot.date, { weekday: true }));
    if (slot.kind === "free slot") return this.#free(slot, date);
    const issue = ISSUES.includes(slot.kind) ? state.issues.find(one => one.path === slot.path) : null;
    const link = make("a", { href: here(slot.path), "data-key": `${slot.kind} ${slot.path}` }, slot.title || "Untitled");
    if (!issue) {
      const kind = slot.kind[0].toUpperCase() + slot.kind.slice(1);
      return make("li", { class: "beside" }, date, make("p", { class: "what" }, make("span", { class: "hint" }, `${kind}: `), link));
    }
    return make("li", { class: issue.state }, date,
      make("div", { class: "what" }, make("p", {}, link),
        slot.action ? make("p", { class: "do" }, make("span", { class: "tag" }, "Do"), ` ${slot.action}`) : null,
        make("p", { class: "meta" }, make("span", { class: `state ${issue.state}` }, STATES[issue.state]),
          slot.kind === "overdue draft" ? make("span", { class: "mistakes" }, "Its day has passed") : null,
          slot.shared ? make("span", { class: "mistakes" }, "Two issues on this day") : null, findingsOf(issue))),
      issue.state === "out" ? null : make("div", { class: "doings" },
        this.#button(`-1 ${slot.path}`, "Week earlier", `A week earlier: ${slot.title}`, () => this.doing.move(slot.path, -1)),
        this.#button(`+1 ${slot.path}`, "Week later", `A week later: ${slot.title}`, () => this.doing.move(slot.path, 1))));
  }

  #free(slot, date) {
    return make("li", { class: "free" }, date, make("p", { class: "what" }, "Free"),
      make("div", { class: "doings" },
        this.#button(`new ${slot.date}`, "New issue", `New issue on ${day(slot.date)}`, () => this.doing.fill(slot.date)),
        this.#button(`assemble ${slot.date}`, "From the library", `From the library, for ${day(slot.date)}`, () => this.doing.assemble(slot))));
  }

  #button(key, words, label, act) {
    return make("button", { type: "button", class: "plain", "data-key": key, "aria-label": label, onclick: act }, words);
  }
}
