// The lists at the left: issues, and all other texts; both are searched at once.
import { byId, counted, day, make, redraw, tablist } from "./page.js";

export const STATES = { draft: "Draft", coming: "Coming", out: "Out", welcome: "Welcome" };
const KINDS = { article: "Articles", note: "Notes", action: "Actions", page: "Pages", welcome: "Welcome letters" };

export const here = path => `#/${path.split("/").map(encodeURIComponent).join("/")}`;

/** `3 mistakes`, `1 warning` or nothing: what stands beside a text that has findings. */
export function findingsOf({ errors, warnings }) {
  if (errors) return make("span", { class: "mistakes" }, counted(errors, "mistake"));
  if (warnings) return make("span", { class: "warnings" }, counted(warnings, "warning"));
  return null;
}

function row(path, ...children) {
  return make("a", { href: here(path), "data-path": path }, ...children);
}

const issueRow = issue => row(issue.path,
  make("span", { class: "name" }, issue.title || "Untitled"),
  make("span", { class: "meta" },
    make("span", { class: `state ${issue.state}` }, STATES[issue.state] ?? issue.state),
    issue.language ? make("span", { class: "state" }, issue.language) : null,
    issue.date ? make("time", { datetime: issue.date }, day(issue.date)) : null,
    findingsOf(issue)));

const otherRow = post => row(post.path,
  make("span", { class: "name" }, post.title || post.path),
  post.errors || post.warnings ? make("span", { class: "meta" }, findingsOf(post)) : null);

export class Library {
  constructor() {
    this.query = "";
    this.select = tablist(byId("library").querySelector(".lists"), tab => this.#list(tab.getAttribute("aria-controls")));
    byId("search").addEventListener("input", event => { this.query = event.target.value.trim().toLowerCase(); this.#draw(); });
    byId("search").addEventListener("keydown", event => this.#fromSearch(event));
    byId("library").addEventListener("keydown", event => this.#arrows(event));
  }

  #list(name) {
    for (const other of ["issues", "others"]) byId(other).hidden = other !== name;
    byId("library").dataset.list = name;
  }

  show(state) { this.state = state; redraw(this, () => this.#draw()); }

  /** Mark the open text, and bring it into view. */
  current(path) {
    this.path = path;
    const other = this.state?.posts.some(post => post.path === path);
    if (path && !this.query) this.select(byId(other ? "tab-others" : "tab-issues"));
    this.#mark();
    byId("library").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  #mark() {
    for (const link of byId("library").querySelectorAll("[data-path]")) {
      if (link.dataset.path === this.path) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /** Lists are made anew; the focus stays on the text it was on. */
  #draw() {
    const focused = document.activeElement?.dataset?.path;
    const fits = one => !this.query || `${one.title} ${one.path} ${one.id ?? ""} ${one.date ?? ""}`.toLowerCase().includes(this.query);
    const issues = this.state.issues.filter(fits), posts = this.state.posts.filter(fits);
    byId("issues").replaceChildren(...(issues.length
      ? [make("ul", {}, issues.map(issue => make("li", {}, issueRow(issue))))]
      : [make("p", { class: "empty" }, this.query ? "No issue fits." : "There is no issue yet.")]));
    byId("others").replaceChildren(...this.#kinds(posts));
    byId("tab-issues").textContent = `Issues ${issues.length}`;
    byId("tab-others").textContent = `Other texts ${posts.length}`;
    if (this.query && !issues.length && posts.length) this.select(byId("tab-others"));
    if (this.query && issues.length && !posts.length) this.select(byId("tab-issues"));
    this.#mark();
    if (focused) byId("library").querySelector(`[data-path="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #kinds(posts) {
    if (!posts.length) return [make("p", { class: "empty" }, "No text fits.")];
    const kinds = [...new Set(posts.map(post => post.kind))];
    return kinds.flatMap(kind => [
      make("h3", {}, KINDS[kind] ?? kind),
      make("ul", {}, posts.filter(post => post.kind === kind).map(post => make("li", {}, otherRow(post)))),
    ]);
  }

  #shown() { return [...byId("library").querySelectorAll(".rows:not([hidden]) [data-path]")]; }

  #fromSearch(event) {
    if (event.key === "Enter" && this.#shown()[0]) this.#shown()[0].click();
    if (event.key === "ArrowDown") { event.preventDefault(); event.stopPropagation(); this.#shown()[0]?.focus(); }
  }

  #arrows(event) {
    const rows = this.#shown(), at = rows.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    (rows[Math.min(to, rows.length - 1)] ?? byId("search")).focus();
  }
}
