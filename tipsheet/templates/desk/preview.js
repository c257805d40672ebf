// The right side: the open text in the forms that readers get, each under a tab. What is shown is asked for anew when the
// publication changed; what is not shown is asked for when its tab is chosen.
import { address, get, part, text } from "./api.js";
import { Frame } from "./frame.js";
import { byId, counted, differing, kilobytes, make, notice, tablist } from "./page.js";

const TABS = {
  page: "Page", letter: "Letter", text: "Text", feed: "Feed", facts: "Facts", difference: "Difference",
};
const WIDTHS = { page: [["", "Fit"], ["390", "390"], ["820", "820"], ["1280", "1280"]], letter: [["320", "320"], ["390", "390"], ["600", "600"], ["1280", "1280"]] };
const VIEWS = [["light", "Light"], ["dark", "Dark"], ["gmail-dark", "Gmail dark"], ["outlook-dark", "Outlook dark"]];
const START = { segments: [], reader: "", view: "light", pictures: "on", styles: "on", width: "600", wide: "", than: "", mode: "than" };

const select = (id, label, choices, value, chosen) => make("span", { class: "choice" },
  make("label", { for: id }, label),
  make("select", { id, onchange: event => chosen(event.target.value) },
    choices.map(([key, words]) => make("option", { value: key, selected: key === value }, words))));

const radios = (name, label, choices, value, chosen) => make("fieldset", { class: "widths" },
  make("legend", { class: "vh" }, label),
  choices.map(([key, words]) => make("label", {},
    make("input", { type: "radio", name, value: key, checked: key === value, onchange: () => chosen(key) }), make("span", {}, words))));

const check = (label, on, chosen, value) => make("label", { class: "check" },
  make("input", { type: "checkbox", checked: on, value, onchange: event => chosen(event.target.checked) }), ` ${label}`);

/** A link that is chosen in a frame is told: what it leads to is no part of the desk. */
const leads = href => notice("This link leads to ", make("a", { href, target: "_blank", rel: "noopener noreferrer" }, href), ". ");

export class Preview {
  constructor({ jump }) {
    this.jump = jump;
    this.options = { ...START, ...JSON.parse(localStorage.getItem("desk:letter") ?? "{}") };
    this.tab = localStorage.getItem("desk:tab") ?? "page";
    this.panels = {};
    const tabs = Object.entries(TABS).map(([name, words], at) => make("button", {
      type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, "aria-keyshortcuts": `Alt+${at + 1}`,
    }, words));
    byId("tabs").append(...tabs);
    for (const name of Object.keys(TABS)) {
      this.panels[name] = make("div", { class: `panel ${name}`, id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, hidden: true });
    }
    byId("panels").append(...Object.values(this.panels));
    this.#controls();
    this.select = tablist(byId("tabs"), tab => this.#chosen(tab.id.slice(4)));
    byId("readers").addEventListener("submit", event => event.preventDefault());
  }

  /** Bars and frames that stay while what they show changes. */
  #controls() {
    this.page = { bar: make("div", { class: "bar-of" }), host: make("div", { class: "frame" }), note: make("p", { class: "note" }) };
    this.panels.page.append(this.page.bar, this.page.note, this.page.host);
    this.letter = { bar: make("div", { class: "bar-of" }), inbox: make("div", { class: "inbox" }), size: make("div", { class: "size" }), host: make("div", { class: "frame" }) };
    this.panels.letter.append(this.letter.bar, this.letter.inbox, this.letter.host, this.letter.size);
    this.page.frame = new Frame(this.page.host, "The page", { followed: leads });
    this.letter.frame = new Frame(this.letter.host, "The letter", { strict: true, followed: leads });
    this.feed = { host: make("div", { class: "frame" }), facts: make("dl", { class: "pairs" }) };
    this.panels.feed.append(this.feed.facts, this.feed.host);
    this.feed.frame = new Frame(this.feed.host, "The entry of the feed", { strict: true, followed: leads });
    this.words = make("pre", { tabindex: "0", role: "document", "aria-label": "The text part of the letter" });
    this.panels.text.append(this.words);
    this.differs = { bar: make("div", { class: "bar-of" }), lines: make("div", { class: "lines" }) };
    this.panels.difference.append(this.differs.bar, this.differs.lines);
  }

  choose(name) {
    const tab = byId(`tab-${name}`);
    if (tab && !tab.hidden) this.select(tab, true);
  }

  #chosen(name) {
    this.tab = name;
    localStorage.setItem("desk:tab", name);
    this.#show();
  }

  /** The state of the publication: its segments, and whether the sources are broken. */
  know(state, readers) {
    this.state = state;
    if (readers) {
      this.made = readers.readers ?? readers;
      this.views = readers.views?.map(view => [view.name, view.title]);
      this.apart = readers.apart ?? [];
    }
    this.made ??= [];
    const known = new Set(state.segments.map(segment => segment.id));
    this.options.segments = this.options.segments.filter(id => known.has(id));
    const form = JSON.stringify([state.segments, this.made]);
    if (form !== this.form) { this.form = form; this.#bars(); }
    const stale = byId("stale");
    stale.hidden = !state.broken;
    stale.textContent = state.broken ? "A mistake keeps this from being made anew. You see the last good one." : "";
  }

  /** Show a text: `post` is of the state's issues or other texts. */
  open(post, issue) {
    this.post = post;
    this.issue = issue ? post : null;
    for (const name of Object.keys(TABS)) byId(`tab-${name}`).hidden = name !== "page" && !issue;
    const name = issue || this.tab === "page" ? this.tab : "page";
    const tab = byId(`tab-${name}`) ?? byId("tab-page");
    for (const other of byId("tabs").children) { other.setAttribute("aria-selected", other === tab); other.tabIndex = other === tab ? 0 : -1; }
    this.shown = name in TABS ? name : "page";
    this.#show(this.shown);
  }

  /** Show the same text anew; `post` is what the state says of it now. */
  again(post = this.post) {
    if (this.issue) this.issue = post;
    this.post = post;
    if (post) this.#show(this.shown);
  }

  #set(changes) {
    Object.assign(this.options, changes);
    localStorage.setItem("desk:letter", JSON.stringify(this.options));
    this.#show();
  }

  /** Segments, reader, widths and colours: made anew only when there are other ones, so that the focus stays. */
  #bars() {
    const { options } = this, apart = this.apart ?? [];
    byId("readers").replaceChildren(
      make("fieldset", { class: "segments" }, make("legend", {}, "Segments"),
        this.state.segments.map(segment => check(segment.title, options.segments.includes(segment.id), on => {
          const others = apart.filter(pair => on && pair.includes(segment.id)).flat(); // nobody is in both
          const segments = options.segments.filter(id => id !== segment.id && !others.includes(id));
          this.#set({ segments: on ? [...segments, segment.id] : segments });
          for (const box of byId("readers").querySelectorAll("[type=checkbox]")) box.checked = this.options.segments.includes(box.value);
        }, segment.id))),
      this.made.length ? select("reader", "Reader", this.made.map(one => [one.name, one.title ?? one.name]), options.reader, reader => this.#set({ reader })) : "");
    this.page.bar.replaceChildren(radios("wide", "Width of the page", WIDTHS.page, options.wide, wide => this.#set({ wide })));
    this.letter.bar.replaceChildren(
      radios("width", "Width of the letter", WIDTHS.letter, options.width, width => this.#set({ width })),
      select("view", "Colours", this.views ?? VIEWS, options.view, view => this.#set({ view })),
      check("Pictures", options.pictures === "on", on => this.#set({ pictures: on ? "on" : "off" })),
      check("Styles", options.styles === "on", on => this.#set({ styles: on ? "on" : "off" })));
    const others = [["", "everyone else"], ...this.state.segments.map(segment => [segment.id, segment.title])];
    const against = [["than", "Other readers"], ["built", "The last build"], ["sent", "What was sent"]];
    this.differs.bar.replaceChildren(
      select("against", "Compare with", against, options.mode, mode => { this.#set({ mode }); byId("than").closest(".choice").hidden = mode !== "than"; }),
      select("than", "in", others, options.than, than => this.#set({ than })));
    byId("than").closest(".choice").hidden = options.mode !== "than";
  }

  async #show(name = this.tab) {
    if (!this.post) return;
    this.shown = name;
    for (const [other, panel] of Object.entries(this.panels)) panel.hidden = other !== name;
    byId("readers").hidden = !this.issue || ["page", "feed"].includes(name);
    const asked = this.asked = Symbol(name);
    try {
      await this[`_${name}`](() => asked === this.asked);
      if (asked === this.asked) this.#refused(this.panels[name], "");
    } catch (refusal) {
      if (asked === this.asked) this.#refused(this.panels[name], refusal.message);
    }
  }

  /** An answer that is no stands in place of what was shown. */
  #refused(panel, words) {
    panel.querySelector(":scope > .refused")?.remove();
    panel.classList.toggle("none", Boolean(words));
    if (words) panel.append(make("p", { class: "refused" }, words));
  }

  #readers() { return { segments: this.options.segments.join(","), reader: this.options.reader }; }
  #letter(what, query) { return get(`letter/${part(this.issue.id)}${what}`, query); }

  async _page() {
    const { url } = this.post;
    this.page.note.hidden = Boolean(url);
    this.page.host.hidden = this.page.bar.hidden = !url;
    this.page.note.textContent = "This text has no page of its own. It is shown where issues use it.";
    this.page.frame.wide(Number(this.options.wide) || null);
    if (url) this.page.frame.show(new URL(url, location.origin).href);
  }

  async _letter(current) {
    const { view, pictures, styles, width } = this.options;
    this.letter.frame.wide(Number(width));
    this.letter.frame.show(address(`letter/${part(this.issue.id)}`, { ...this.#readers(), view, pictures, styles }));
    const facts = await this.#letter("/facts", this.#readers());
    if (current()) { this.#inbox(facts); this.#size(this.letter.size, facts); }
  }

  /** The line of the inbox that cuts it most; the other programs' when they are asked for. */
  #inbox({ inbox }) {
    const length = line => line.subject.length + line.preheader.length;
    const some = [...inbox].sort((a, b) => length(a) - length(b)).slice(0, 1);
    const rest = inbox.filter(line => !some.includes(line)), open = this.letter.inbox.querySelector("details")?.open;
    const list = lines => make("ul", {}, lines.map(line => make("li", {},
      make("span", { class: "client" }, line.title ?? line.client),
      make("span", { class: "line" }, make("b", {}, line.subject), " ", make("span", {}, line.preheader)))));
    const toggle = this.letter.inbox.querySelector("summary") === document.activeElement;
    this.letter.inbox.replaceChildren(list(some), ...(rest.length
      ? [make("details", { open }, make("summary", {}, `In ${counted(rest.length, "other program")}`), list(rest))] : []));
    if (toggle) this.letter.inbox.querySelector("summary").focus();
  }

  #size(host, { size, limit, clipped, audience, count }) {
    const bar = make("span", { class: "filled" });
    bar.style.width = `${Math.min(100, 100 * size / limit)}%`;
    host.dataset.clipped = Boolean(clipped);
    host.replaceChildren(
      make("span", { class: "gauge", "aria-hidden": "true" }, bar),
      make("span", {}, `${kilobytes(size)} of ${kilobytes(limit)}${clipped ? ": Gmail cuts it off" : ""}`),
      audience ? make("span", { class: "audience" }, count == null ? audience : `${audience}, ${counted(count, "reader")}`) : "");
  }

  async _text(current) {
    const words = await text(`letter/${part(this.issue.id)}/text`, this.#readers());
    if (current()) this.words.textContent = words;
  }

  async _feed(current) {
    const entry = await get(`feed/${part(this.issue.id)}`);
    if (!current()) return;
    const pair = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
    this.feed.facts.replaceChildren(pair("Title", entry.title), pair("Summary", entry.summary || "None"), pair("Link", entry.link));
    this.feed.frame.show(address(`feed/${part(this.issue.id)}/document`));
  }

  async _facts(current) {
    const facts = await this.#letter("/facts", this.#readers());
    if (!current()) return;
    const table = (heading, head, rows, none) => make("section", {}, make("h3", {}, heading), rows.length
      ? make("div", { class: "table" }, make("table", {}, make("thead", {}, make("tr", {}, head.map(one => make("th", { scope: "col" }, one)))),
        make("tbody", {}, rows.map(cells => make("tr", {}, cells.map(cell => make("td", {}, cell)))))))
      : make("p", { class: "empty" }, none));
    const size = make("div", { class: "size" });
    this.#size(size, facts);
    const line = link => link.line && (!link.path || link.path === this.issue.path)
      ? make("button", { type: "button", class: "link", onclick: () => this.jump(link.line, 1) }, `Line ${link.line}`) : "";
    this.panels.facts.replaceChildren(
      make("dl", { class: "pairs" },
        [["From", facts.from], ["Subject", facts.subject], ["Preheader", facts.preheader]].map(([name, value]) =>
          make("div", {}, make("dt", {}, name), make("dd", {}, value || "None"))),
        make("div", {}, make("dt", {}, "Size"), make("dd", {}, size))),
      table(counted(facts.links.length, "link"), ["Words", "Leads to", "In the text"],
        facts.links.map(link => [link.text || "A picture", make("span", { class: "href" }, link.href), line(link)]), "This letter has no links."),
      table(counted(facts.pictures.length, "picture"), ["File", "In other words", "Size"],
        facts.pictures.map(one => [make("span", { class: "href" }, one.src), one.alt || "Nothing: it is decoration",
          [one.width && one.height ? `${one.width} × ${one.height}` : "", one.bytes ? kilobytes(one.bytes) : ""].filter(Boolean).join(", ")]),
        "This letter has no pictures."));
  }

  async _difference(current) {
    const { mode, than } = this.options;
    const readers = this.#readers(); // what these readers get and the others do not is what is added
    const query = mode === "than" ? { ...readers, segments: than, than: readers.segments } : { ...readers, against: mode };
    const found = await this.#letter("/difference", query);
    if (!current()) return;
    this.differs.lines.replaceChildren(found.equal
      ? make("p", { class: "empty" }, "Both are the same.")
      : make("ol", { tabindex: "0", "aria-label": "Lines of the two letters" },
        found.subject[0] === found.subject[1] ? null : [
          make("li", { class: "removed" }, make("span", { class: "sign", "aria-hidden": "true" }, "−"), make("span", {}, `Subject: ${found.subject[0]}`)),
          make("li", { class: "added" }, make("span", { class: "sign", "aria-hidden": "true" }, "+"), make("span", {}, `Subject: ${found.subject[1]}`))],
        differing(found.lines, ["Taken away: ", "Added: "])));
  }
}
