// The desk: what is open, what is shown of it, and what keys and buttons do. Each part of the page is a module beside this.
import { Refusal, get, listen, post } from "./api.js";
import { Calendar } from "./calendar.js";
import { showConflict } from "./conflict.js";
import { askIssue, askLink, askPicture, askTest, askVersion, menu, showShortcuts } from "./dialogs.js";
import { makeField } from "./field.js";
import { Findings } from "./findings.js";
import { STATES, Library, here } from "./library.js";
import { byId, day, later, make, notice, say } from "./page.js";
import { Preview } from "./preview.js";
import { Paper } from "./saving.js";

const library = new Library();
const field = await makeField(byId("field"), () => paper.changed());
const findings = new Findings((line, col) => { pane("write"); field.jump(line, col); });
const preview = new Preview({ jump: (line, col) => { pane("write"); field.jump(line, col); } });
const calendar = new Calendar({
  fill: date => askIssue(date, opened),
  assemble: slot => act(() => post("assemble", { week: slot.week ?? slot.date })),
  move: (path, weeks) => act(() => post("move", { path, weeks }), { stay: true }),
});
const paper = new Paper(field, (what, value) => tell[what](value));
const BESIDE = matchMedia("(min-width: 700px)"); // where the preview has a place beside the text
let state = null, asked = 0, answered = 0, acting = 0, turn = Promise.resolve();

const tell = {
  saved() {},
  opened() { byId("conflict").hidden = true; },
  replaced() { byId("conflict").hidden = true; },
  problems(problems) { field.mark(problems.filter(one => !one.path || one.path === paper.path)); findings.show(paper.path, problems); },
  conflict(conflict) { showConflict(paper, conflict); },
};

const found = path => ({ issue: state.issues.find(one => one.path === path), post: state.posts.find(one => one.path === path) });

/** Show one part of the desk where there is room for one only. */
function pane(name) {
  document.body.dataset.pane = name;
  const shown = button => button.dataset.to === name || (button.dataset.to === "write" && name === "preview" && BESIDE.matches);
  for (const button of document.querySelectorAll("[data-to]")) button.setAttribute("aria-pressed", shown(button));
}

/** Do something that changes texts, and open what comes of it; after all that was asked for before. */
function act(doing, options = {}) {
  acting += 1;
  turn = turn.catch(() => {}).then(() => acted(doing, options)).finally(() => { acting -= 1; head(); });
  return turn;
}

async function acted(doing, { stay = false }) {
  try {
    await paper.save();
    const answer = await doing();
    notice("");
    await learn();
    if (answer.changed?.length) say(answer.changed.join(" "));
    if (!stay && answer.path) await opened(answer);
    await paper.lookAgain(); // its header may have been written
    return answer;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    notice(refusal.message);
    return null;
  }
}

async function opened({ path }) {
  await learn();
  location.hash = here(path);
  await route();
  say(`${byId("title").textContent} is open`);
}

/** Ask the desk how things stand, and show it, unless what was asked later is shown already. */
async function learn() {
  const mine = ++asked, answer = await get("state");
  if (mine < answered) return;
  [state, answered] = [answer, mine];
  byId("name").textContent = state.name;
  library.show(state);
  findings.all(state.problems);
  preview.know(state);
  head();
  if (document.body.dataset.view === "calendar") calendar.show(state);
}

/** Title, date and state of the open text. */
function head() {
  const { issue, post: other } = found(paper.path), one = issue ?? other;
  byId("title").textContent = one?.title || (paper.path ? paper.path.split("/").at(-1) : "Nothing is open");
  document.title = `${one?.title ?? "Desk"} · ${state.name}`;
  byId("facts").replaceChildren(...(issue ? [
    make("span", { class: `state ${issue.state}` }, STATES[issue.state] ?? issue.state),
    issue.date ? make("time", { datetime: issue.date }, day(issue.date)) : "", issue.number ? make("span", {}, `No. ${issue.number}`) : "",
  ] : []), make("span", { class: "path" }, paper.path ?? ""));
  byId("doings").hidden = !issue;
  if (!acting) byId("draft").checked = issue?.state === "draft"; // else it is as it was chosen, until that is done
  for (const id of ["earlier", "later"]) byId(id).disabled = issue?.state === "out";
  byId("test").disabled = !issue;
}

async function route() {
  const inCalendar = location.hash === "#calendar";
  document.body.dataset.view = inCalendar ? "calendar" : "write";
  byId("calendar").hidden = !inCalendar;
  byId("to-calendar").toggleAttribute("aria-current", inCalendar);
  byId("to-write").toggleAttribute("aria-current", !inCalendar);
  for (const id of ["to-calendar", "to-write"]) if (byId(id).hasAttribute("aria-current")) byId(id).setAttribute("aria-current", "page");
  if (paper.path) byId("to-write").href = here(paper.path);
  if (inCalendar) return calendar.show(state);
  const path = location.hash.startsWith("#/") ? location.hash.slice(2).split("/").map(decodeURIComponent).join("/") : first();
  try {
    if (!path || !(await paper.open(path))) return undefined;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return notice(refusal.message);
  }
  notice("");
  const { issue, post: other } = found(path);
  byId("to-write").href = here(path);
  localStorage.setItem("desk:path", path);
  library.current(path);
  head();
  preview.open(issue ?? other ?? { path, title: path }, Boolean(issue));
  if (document.body.dataset.pane === "library") pane("write");
  return undefined;
}

/** The text of the last visit, else the next issue that is not out, else the newest. */
function first() {
  const kept = localStorage.getItem("desk:path");
  if (kept && (found(kept).issue || found(kept).post)) return kept;
  const waiting = state.issues.filter(one => one.state !== "out").sort((a, b) => String(a.date).localeCompare(String(b.date)));
  return (waiting[0] ?? state.issues[0] ?? state.posts[0])?.path;
}

const refresh = later(30, async () => {
  const begun = Boolean(state);
  try { await learn(); } catch { return; }
  if (!begun) return void begin();
  if (!paper.path) return;
  const { issue, post: other } = found(paper.path);
  if (Boolean(issue) !== Boolean(preview.issue)) preview.open(issue ?? other ?? preview.post, Boolean(issue));
  else preview.again(issue ?? other);
  paper.lookAgain();
});

/** Show what is asked for once, when it is known how things stand. */
async function begin() {
  get("readers").then(readers => preview.know(state, readers)).catch(() => {});
  await route();
}

/** Insert what the desk offers for this text. */
async function insert(button, kind) {
  const { path } = paper;
  try {
    const { blocks, fields, posts, actions = [] } = await get("insertable", { path });
    if (path !== paper.path) return undefined;
    if (kind === "link") return askLink(posts, one => field.insert(one.text));
    const library = actions.map(one => ({ ...one, hint: "from the library" }));
    const items = kind === "block" ? [...blocks.map(one => ({ ...one, hint: one.name })), ...library]
      : fields.map(one => ({ ...one, hint: one.name === one.title ? "" : one.name }));
    return menu(button, items, one => field.insert(one.text, { block: kind === "block" }));
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return notice(refusal.message);
  }
}

const picture = file => paper.path && askPicture(paper.path, file, ({ markdown }) => field.insert(markdown));

function test() {
  const { issue } = found(paper.path);
  if (!issue) return;
  const { segments, reader } = preview.options;
  const titles = state.segments.filter(one => segments.includes(one.id)).map(one => one.title);
  paper.save().then(() => askTest(issue, { segments, titles, reader }));
}

const PARTS = () => [byId("search"), byId("field").shadowRoot?.querySelector(".cm-content") ?? byId("field").firstElementChild,
  byId("findings-heading"), byId("tabs").querySelector("[aria-selected=true]")];

function nextPart(back) {
  const names = ["library", "write", "write", "preview"];
  const inside = ["library", "field", "findings", "preview"].findIndex(id => byId(id).contains(document.activeElement) || byId(id) === document.activeElement);
  const to = (inside + (back ? -1 : 1) + 4) % 4;
  pane(names[to]);
  PARTS()[to]?.focus();
}

function cursorLine() {
  if (field.view) return field.view.state.doc.lineAt(field.view.state.selection.main.head).number;
  return field.area.value.slice(0, field.area.selectionStart).split("\n").length;
}

const typing = event => event.composedPath()[0].matches?.("input, textarea, select, [contenteditable=true]");
const KEYS = {
  "mod+s": () => paper.save({ aloud: true }),
  "mod+k": () => { pane("library"); byId("search").focus(); byId("search").select(); },
  "f6": () => nextPart(false), "shift+f6": () => nextPart(true),
  "f8": () => findings.step(cursorLine(), false), "shift+f8": () => findings.step(cursorLine(), true),
  "alt+i": () => insert(byId("insert-block"), "block"),
  "alt+n": () => askIssue(null, opened),
  "alt+c": () => { location.hash = document.body.dataset.view === "calendar" ? here(paper.path ?? first() ?? "") : "#calendar"; },
  ...Object.fromEntries(["page", "letter", "text", "feed", "facts", "difference"].map((name, at) =>
    [`alt+${at + 1}`, () => { pane("preview"); preview.choose(name); }])),
};

document.addEventListener("keydown", event => {
  if (document.querySelector("dialog[open]") || event.isComposing) return;
  if (event.key === "?" && !typing(event) && localStorage.getItem("desk:no-letters") !== "yes") return showShortcuts();
  const key = event.altKey && event.code.startsWith("Digit") ? event.code.slice(5) : event.altKey && event.code.startsWith("Key") ? event.code.slice(3) : event.key;
  const name = [event.ctrlKey || event.metaKey ? "mod" : "", event.altKey ? "alt" : "", event.shiftKey ? "shift" : "", key.toLowerCase()].filter(Boolean).join("+");
  if (!KEYS[name]) return undefined;
  event.preventDefault();
  KEYS[name]();
  return undefined;
}, { capture: true });

byId("new").addEventListener("click", () => askIssue(null, opened));
byId("test").addEventListener("click", test);
byId("help").addEventListener("click", showShortcuts);
byId("insert-block").addEventListener("click", event => insert(event.currentTarget, "block"));
byId("insert-field").addEventListener("click", event => insert(event.currentTarget, "field"));
byId("insert-link").addEventListener("click", event => insert(event.currentTarget, "link"));
byId("insert-picture").addEventListener("click", () => picture(null));
byId("versions").addEventListener("click", () => askVersion(paper.path, text => paper.bring(text)).catch(refusal => notice(refusal.message)));
/** Do this to the text that is open now, with what is chosen now: both may be others when it is its turn. */
const change = (way, values) => { const { path } = paper; return act(() => post(way, { path, ...values })); };
byId("duplicate").addEventListener("click", () => change("duplicate"));
byId("earlier").addEventListener("click", () => change("move", { weeks: -1 }));
byId("later").addEventListener("click", () => change("move", { weeks: 1 }));
byId("draft").addEventListener("change", event => change("publish", { draft: event.target.checked }));
byId("skip").addEventListener("click", event => { event.preventDefault(); pane("write"); field.focus(); });
for (const button of document.querySelectorAll("[data-to]")) button.addEventListener("click", () => pane(button.dataset.to));

byId("scheme").value = document.documentElement.dataset.scheme;
byId("scheme").addEventListener("change", event => {
  document.documentElement.dataset.scheme = event.target.value;
  localStorage.setItem("desk:scheme", event.target.value);
});

// A picture may be dropped anywhere on the text; over the rest of the desk a file is refused, or the browser would open it.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, event => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    const over = byId("write").contains(event.target);
    byId("field").classList.toggle("drop", over && name === "dragover");
    if (name === "drop" && over && event.dataTransfer.files[0]) picture(event.dataTransfer.files[0]);
  }, { capture: true });
}
document.addEventListener("dragleave", event => { if (!event.relatedTarget) byId("field").classList.remove("drop"); });
document.addEventListener("paste", event => {
  const file = [...event.clipboardData?.files ?? []].find(one => one.type.startsWith("image/"));
  if (file && byId("field").contains(event.target)) { event.preventDefault(); event.stopPropagation(); picture(file); }
}, { capture: true });

// The line between text and preview is drawn by mouse and moved by arrow keys.
const splitter = byId("splitter");
function split(percent) {
  const value = Math.round(Math.min(75, Math.max(25, percent)));
  splitter.setAttribute("aria-valuenow", value);
  document.querySelector("main").style.setProperty("--split", value);
  localStorage.setItem("desk:split", value);
}
split(Number(localStorage.getItem("desk:split")) || 50);
splitter.addEventListener("keydown", event => {
  const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
  if (step) { event.preventDefault(); split(Number(splitter.getAttribute("aria-valuenow")) + step); }
});
splitter.addEventListener("pointerdown", event => {
  splitter.setPointerCapture(event.pointerId);
  document.body.classList.add("dragging");
  const left = byId("write").getBoundingClientRect().left, right = byId("preview").getBoundingClientRect().right;
  const move = now => split(100 * (now.clientX - left) / (right - left));
  splitter.addEventListener("pointermove", move);
  splitter.addEventListener("lostpointercapture", () => { splitter.removeEventListener("pointermove", move); document.body.classList.remove("dragging"); }, { once: true });
});

addEventListener("hashchange", () => { if (state) route(); });
addEventListener("pagehide", () => paper.leave());
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") paper.save(); else paper.lookAgain(); });

pane("write");
try {
  await learn();
  await begin();
} catch (refusal) { notice(refusal.message); }
listen({ changed: refresh, problems: refresh, building() { document.body.dataset.building = "yes"; } }, {
  since: state?.event,
  lost: () => notice("The desk does not answer. What you type is kept in this browser."),
  back: () => { notice(""); refresh(); paper.save(); },
});
document.body.dataset.ready = "yes";
