// Findings under the text: those of the open text first, each a button that leads to its line; then the other texts'.
import { here } from "./library.js";
import { byId, counted, later, make, redraw, say } from "./page.js";

const worst = (a, b) => (a.severity === "error" ? 0 : 1) - (b.severity === "error" ? 0 : 1) || a.line - b.line || a.col - b.col;

export class Findings {
  constructor(jump) {
    this.jump = jump;
    this.problems = [];
    this.others = [];
    this.told = later(1200, words => say(words, "counted"));
    byId("findings-heading").addEventListener("click", () => this.#fold());
    byId("findings-list").addEventListener("click", event => {
      const button = event.target.closest("[data-line]");
      if (button) this.jump(Number(button.dataset.line), Number(button.dataset.col));
    });
  }

  #fold() {
    const open = byId("findings-heading").getAttribute("aria-expanded") !== "true";
    byId("findings-heading").setAttribute("aria-expanded", open);
    byId("findings-list").hidden = !open;
  }

  /** Findings of the open text. */
  show(path, problems) {
    this.path = path;
    this.problems = problems.filter(one => one.path === path || !one.path).sort(worst);
    redraw(this, () => this.#draw());
    this.told(this.#words());
  }

  /** Findings of all texts, as the last look at the publication had them. */
  all(problems) { this.others = problems; redraw(this, () => this.#draw()); }

  #words() {
    const errors = this.problems.filter(one => one.severity === "error").length, warnings = this.problems.length - errors;
    if (!this.problems.length) return "No findings";
    return [errors ? counted(errors, "mistake") : "", warnings ? counted(warnings, "warning") : ""].filter(Boolean).join(", ");
  }

  #draw() {
    const heading = byId("findings-heading"), focused = document.activeElement?.dataset?.key;
    heading.textContent = this.#words();
    byId("findings").dataset.worst = this.problems[0]?.severity ?? "none";
    const others = this.others.filter(one => one.path !== this.path), paths = [...new Set(others.map(one => one.path))];
    byId("findings-list").replaceChildren(
      ...(this.problems.length ? [make("ul", {}, this.problems.map(one => make("li", {}, this.#button(one))))] : []),
      ...(paths.length ? [make("p", { class: "elsewhere" }, "In other texts: ",
        paths.slice(0, 8).map((path, at) => [at ? ", " : "", make("a", { href: here(path) }, path.split("/").at(-1)),
          ` (${others.filter(one => one.path === path).length})`]),
        paths.length > 8 ? ` and ${paths.length - 8} more` : "")] : []),
    );
    if (focused) byId("findings-list").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #button(one) {
    const severity = one.severity === "error" ? "Mistake" : "Warning";
    return make("button", { type: "button", "data-line": one.line, "data-col": one.col, "data-key": `${one.code}:${one.line}:${one.col}` },
      make("span", { class: `severity ${one.severity}` }, severity),
      make("span", { class: "place" }, `${one.line}:${one.col}`),
      make("span", { class: "words" }, one.message, one.hint ? make("span", { class: "hint" }, ` (${one.hint})`) : null),
      make("span", { class: "code" }, one.code));
  }

  /** Go to the finding after or before a line. */
  step(line, back) {
    const rows = [...this.problems].sort((a, b) => a.line - b.line || a.col - b.col);
    const next = back ? rows.findLast(one => one.line < line) ?? rows.at(-1) : rows.find(one => one.line > line) ?? rows[0];
    if (next) { this.jump(next.line, next.col); say(`${next.message} ${next.hint ?? ""}`); }
    else say("No findings");
  }
}
