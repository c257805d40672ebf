// The field for the text: CodeMirror where its files are installed, a plain field otherwise. Both answer the same calls:
//
//   open(path, text, writable)  show another text; what was undone in it stays with its path
//   text, replace(text)         its words; a replacement is one step that can be undone, and keeps the cursor
//   insert(text, { block })     put in at the cursor; a block stands between blank lines; ⁂ is where the cursor goes
//   jump(line, col), focus()    both count from 1
//   mark(problems)              underline findings
import { make } from "./page.js";

/** What changes from one text to another: the part between their common beginning and end. */
export function change(before, after) {
  let from = 0, end = Math.min(before.length, after.length);
  while (from < end && before[from] === after[from]) from++;
  let back = 0;
  while (back < end - from && before[before.length - 1 - back] === after[after.length - 1 - back]) back++;
  return { from, to: before.length - back, insert: after.slice(from, after.length - back) };
}

/** The words to put in at a place, and where the cursor goes in them. */
export function inserted(text, before, after, block) {
  let words = text;
  if (block) {
    const above = before.trimEnd() === "" ? "" : "\n".repeat(Math.max(0, 2 - before.match(/\n*$/)[0].length));
    const below = "\n".repeat(Math.max(0, 2 - after.match(/^\n*/)[0].length));
    words = above + words.replace(/\n+$/, "") + below;
  }
  const mark = words.indexOf("⁂");
  return { words: words.replace("⁂", ""), cursor: mark < 0 ? words.length : mark };
}

class Plain {
  constructor(host, changed) {
    this.area = make("textarea", {
      "aria-label": "Text in Markdown", spellcheck: "true", autocapitalize: "sentences", wrap: "soft",
      "aria-describedby": "findings-heading",
    });
    this.area.addEventListener("input", () => changed(this.area.value));
    host.replaceChildren(this.area);
  }

  get text() { return this.area.value; }

  open(path, text, writable) {
    this.area.value = text;
    this.area.readOnly = !writable;
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
  }

  replace(text) {
    const { from, to, insert } = change(this.area.value, text);
    const { selectionStart, selectionEnd } = this.area;
    const moved = at => at <= from ? at : at >= to ? at + insert.length - (to - from) : from + insert.length;
    this.#put(from, to, insert);
    this.area.setSelectionRange(moved(selectionStart), moved(selectionEnd));
  }

  insert(text, { block = false } = {}) {
    const { selectionStart: from, selectionEnd: to, value } = this.area;
    const { words, cursor } = inserted(text, value.slice(0, from), value.slice(to), block);
    this.#put(from, to, words);
    this.area.focus();
    this.area.setSelectionRange(from + cursor, from + cursor);
  }

  /** Typed by the browser where it can, so that its own undo knows of it. */
  #put(from, to, words) {
    const focused = document.activeElement;
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(from, to);
    const typed = from !== to || words
      ? words ? document.execCommand("insertText", false, words) : document.execCommand("delete") : true;
    if (!typed) {
      this.area.setRangeText(words, from, to);
      this.area.dispatchEvent(new Event("input"));
    }
    if (focused !== this.area) focused?.focus({ preventScroll: true });
  }

  jump(line, col) {
    const lines = this.area.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    this.area.setSelectionRange(at + Math.max(0, col - 1), at + (lines[line - 1] ?? "").length);
    this.area.blur(); // a browser brings the cursor into view when the field takes the focus
    this.area.focus();
  }

  focus() { this.area.focus(); }
  mark() {}
}

/** The best field there is. */
export async function makeField(host, changed) {
  if (document.querySelector("meta[name=desk-editor]").content === "yes") {
    try {
      const { Mirror } = await import("./mirror.js");
      return await Mirror.in(host, changed);
    } catch (error) {
      console.info("The editor field could not be loaded; a plain one stands in for it.", error);
    }
  }
  return new Plain(host, changed);
}
