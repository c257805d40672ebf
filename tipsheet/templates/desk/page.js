// Elements of the page: finding them, making them, and saying something aloud.

export const byId = id => document.getElementById(id);

/** An element with attributes, listeners (`onclick`) and children; `null` children are left out. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("aria-") && value != null) element.setAttribute(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter(child => child != null && child !== false));
  return element;
}

/** Say something to those who listen to the page; the same words are said again. */
export function say(words, where = "said") {
  const region = byId(where);
  region.textContent = region.textContent === words ? `${words}\u00a0` : words;
}

/** Show a sentence above the desk until it is taken away by an empty one. */
export function notice(words, ...more) {
  const line = byId("notice");
  line.hidden = !words;
  const close = make("button", { type: "button", class: "plain", onclick: () => notice("") }, "Close");
  line.replaceChildren(...(words ? [words, ...more, close] : []));
}

export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** `1 Dec 2026`, or with its weekday instead of the year; the date stands in ISO 8601. */
export function day(iso, { weekday = false } = {}) {
  const date = new Date(`${String(iso).slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return String(iso ?? "");
  return (weekday ? WEEKDAY : DAY).format(date);
}

const MOMENT = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `Tue 1 Dec, 14:03:22`, where the reader is; ISO 8601 with an offset. */
export const moment = iso => MOMENT.format(new Date(iso));

export const kilobytes = bytes => `${(bytes / 1024).toLocaleString("en", { maximumFractionDigits: bytes < 10240 ? 1 : 0 })} KB`;

/** Items of a list for lines that differ (`{ op, text, words }`), and two lines on either side of them. */
export function differing(lines, [removed, added]) {
  const marks = { removed: ["−", removed], added: ["+", added], same: [" ", ""] };
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - 2), at + 3).some(line => line.op !== "same"));
  return lines.flatMap(({ op, text, words }, at) => {
    if (!near[at]) return near[at - 1] ? [make("li", { class: "gap" }, make("span"), make("span", {}, "…"))] : [];
    const [sign, said] = marks[op];
    return [make("li", { class: op }, make("span", { class: "sign", "aria-hidden": "true" }, sign),
      make("span", {}, said ? make("span", { class: "vh" }, said) : null,
        words?.length ? words.map(run => make("span", { class: `run ${run.op}` }, run.text)) : text || "\u00a0"))];
  });
}

let pressed = false;
const waiting = new Map();
addEventListener("pointerdown", () => { pressed = true; }, { capture: true });
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => {
  pressed = false;
  setTimeout(() => { // after the click
    const acts = [...waiting.values()];
    waiting.clear();
    for (const act of acts) act();
  });
}, { capture: true });

/** Draw a part of the page anew, once nobody presses anything: a button that is exchanged meanwhile gets no click. */
export function redraw(part, act) {
  if (pressed) waiting.set(part, act);
  else act();
}

/** Call a function when nobody has called this for so many milliseconds; `.now()` calls it at once if it waits. */
export function later(milliseconds, act) {
  let timer = null;
  const waiting = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; act(...args); }, milliseconds);
  };
  waiting.cancel = () => { clearTimeout(timer); timer = null; };
  return waiting;
}

/** Make a row of tabs work by arrow keys, Home and End; `choose` is told of the tab that was chosen. */
export function tablist(row, choose) {
  const tabs = () => [...row.querySelectorAll("[role=tab]:not([hidden])")];
  const select = (tab, focus) => {
    for (const other of row.querySelectorAll("[role=tab]")) {
      other.setAttribute("aria-selected", other === tab);
      other.tabIndex = other === tab ? 0 : -1;
    }
    if (focus) tab.focus();
    choose(tab);
  };
  row.addEventListener("click", event => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(tab);
  });
  row.addEventListener("keydown", event => {
    const all = tabs(), at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    select(all[(to + all.length) % all.length], true);
  });
  return select;
}
