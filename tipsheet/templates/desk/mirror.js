// CodeMirror as the field for the text: Markdown, our blocks and merge fields, findings underlined. It lives in a shadow
// root, where CodeMirror's styles are sheets made by script, which `style-src 'self'` allows; in the page they would be
// <style> elements, which it refuses.
import {
  Compartment, Decoration, EditorState, EditorView, GutterMarker, HighlightStyle, LanguageDescription, Prec, RangeSet,
  StateEffect, StateField, basicSetup, defaultHighlightStyle, gutterLineClass, hoverTooltip, keymap, languages,
  syntaxHighlighting,
} from "../editor/index.js";
import { change, inserted } from "./field.js";
import { make } from "./page.js";

const FENCE = /^ {0,3}(\/{3,})\s*(?:([\w-]+)\s*(?:\|\s*(.*?))?\s*(\{.*\})?)?\s*$/;
const MERGE = /@@[^@\n]+@@/g;

/** Lines of the text by what they belong to: the header, and blocks by their kind; the kind of a nested one counts. */
export function* outline(lines) {
  let header = lines[0]?.trimEnd() === "---", code = null;
  const open = [];
  for (const [index, line] of lines.entries()) {
    if (header) {
      yield { index, kind: "header" };
      if (index > 0 && line.trimEnd() === "---") header = false;
      continue;
    }
    const ticks = line.match(/^ {0,3}(`{3,}|~{3,})/)?.[1];
    if (code) { if (ticks?.startsWith(code) && !line.trim().slice(ticks.length)) code = null; }
    else if (ticks) code = ticks;
    const fence = code || ticks ? null : line.match(FENCE);
    if (fence?.[2]) open.push(fence[2]);
    const kind = open.at(-1);
    if (kind || fence) yield { index, kind: kind ?? "text", fence };
    if (fence && !fence[2]) open.pop();
  }
}

const line = names => Decoration.line({ class: names });
const mark = name => Decoration.mark({ class: name });
const MARKS = Object.fromEntries(["key", "kind", "options", "merge"].map(name => [name, mark(`ts-${name}`)]));

function decorated(state) {
  const { doc } = state, ranges = [];
  for (const { index, kind, fence } of outline(doc.toString().split("\n"))) {
    const { from, text } = doc.line(index + 1);
    if (kind === "header") {
      ranges.push(line("ts-header").range(from));
      const key = text.match(/^[\w-]+(?=:)/);
      if (key) ranges.push(MARKS.key.range(from, from + key[0].length));
      continue;
    }
    ranges.push(line(`ts-block ts-${kind}${fence ? " ts-fence" : ""}`).range(from));
    if (fence?.[2]) {
      const at = text.indexOf(fence[2], fence[1].length);
      ranges.push(MARKS.kind.range(from + at, from + at + fence[2].length));
    }
    if (fence?.[4]) {
      const at = text.lastIndexOf(fence[4]);
      ranges.push(MARKS.options.range(from + at, from + at + fence[4].length));
    }
  }
  for (const found of doc.toString().matchAll(MERGE)) {
    ranges.push(MARKS.merge.range(found.index, found.index + found[0].length));
  }
  return Decoration.set(ranges, true);
}

const blocks = StateField.define({
  create: decorated,
  update: (value, transaction) => transaction.docChanged ? decorated(transaction.state) : value,
  provide: field => EditorView.decorations.from(field),
});

const found = StateEffect.define();

/** The part of a line that a finding underlines: to its end where it has one, else the word there, else the line. */
function span(doc, problem) {
  const row = doc.line(Math.min(Math.max(problem.line, 1), doc.lines));
  const from = Math.min(row.from + Math.max(problem.col - 1, 0), row.to);
  const end = problem.end?.line ? doc.line(Math.min(problem.end.line, doc.lines)).from + problem.end.col - 1 : 0;
  if (end > from) return { from, to: Math.min(end, doc.length) };
  const word = row.text.slice(from - row.from).match(/^[^\s)}\]]+/)?.[0].length ?? 0;
  return word ? { from, to: from + word } : { from: row.from, to: row.to };
}

class Numbered extends GutterMarker {
  constructor(name) { super(); this.elementClass = name; }
  eq(other) { return other.elementClass === this.elementClass; }
}
const NUMBERS = { error: new Numbered("ts-at-error"), warning: new Numbered("ts-at-warning") };

const findings = StateField.define({
  create: () => ({ problems: [], marks: Decoration.none, numbers: RangeSet.empty }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(found)) return placed(transaction.state.doc, effect.value);
    if (!transaction.docChanged) return value;
    return { ...value, marks: value.marks.map(transaction.changes), numbers: value.numbers.map(transaction.changes) };
  },
  provide: field => [
    EditorView.decorations.from(field, value => value.marks),
    gutterLineClass.from(field, value => value.numbers),
  ],
});

function placed(doc, problems) {
  const marks = [], numbers = new Map();
  for (const problem of problems) {
    const { from, to } = span(doc, problem), severity = problem.severity === "error" ? "error" : "warning";
    if (to > from) marks.push(Decoration.mark({ class: `ts-found ts-${severity}`, problem }).range(from, to));
    const start = doc.lineAt(from).from;
    if (numbers.get(start) !== "error") numbers.set(start, severity);
  }
  const rows = [...numbers].sort(([a], [b]) => a - b).map(([at, severity]) => NUMBERS[severity].range(at));
  return { problems, marks: Decoration.set(marks, true), numbers: RangeSet.of(rows) };
}

const hover = hoverTooltip((view, at) => {
  const here = [];
  view.state.field(findings).marks.between(at, at, (from, to, value) => { here.push({ from, to, problem: value.spec.problem }); });
  if (!here.length) return null;
  return {
    pos: here[0].from, end: here[0].to, above: true,
    create: () => ({ dom: make("div", { class: "ts-hover" }, here.map(({ problem }) =>
      make("p", {}, make("b", {}, problem.code), ` ${problem.message}`, problem.hint ? make("i", {}, ` (${problem.hint})`) : null))) }),
  };
});

const face = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", color: "var(--ink)", backgroundColor: "var(--sheet)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.65" },
  ".cm-content": { padding: "12px 0 40vh", caretColor: "var(--ink)", maxWidth: "46rem" },
  ".cm-line": { padding: "0 16px 0 12px" },
  ".cm-gutters": { backgroundColor: "var(--sheet)", color: "var(--soft)", border: "0", fontSize: "12px" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "2px 6px 0 10px", minWidth: "34px" },
  ".cm-foldGutter": { display: "none !important" },
  ".cm-activeLine": { backgroundColor: "var(--line)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--line)", color: "var(--ink)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--chosen) !important" },
  ".cm-selectionMatch": { backgroundColor: "transparent" },
  ".cm-panels": { backgroundColor: "var(--wash)", color: "var(--ink)", borderColor: "var(--hair)" },
  ".cm-textfield": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "4px", padding: "3px 6px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "4px" },
  ".cm-searchMatch": { backgroundColor: "var(--chosen)", outline: "1px solid var(--edge)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "4px" },
  ".ts-hover": { maxWidth: "30rem", padding: "6px 10px", fontFamily: "var(--sans)", fontSize: "13px", lineHeight: "1.45" },
  ".ts-hover p": { margin: "2px 0" },
  ".ts-hover i": { color: "var(--soft)", fontStyle: "normal" },
  ".ts-header, .ts-header *": { color: "var(--soft) !important", fontWeight: "400 !important", textDecoration: "none" },
  ".ts-header .ts-key, .ts-header .ts-key *": { color: "var(--ink) !important" },
  ".ts-block": { boxShadow: "inset 3px 0 0 var(--hair)" },
  ".ts-only": { boxShadow: "inset 3px 0 0 var(--spruce)" },
  ".ts-action": { boxShadow: "inset 3px 0 0 var(--gold)" },
  ".ts-fence": { backgroundColor: "var(--wash)", color: "var(--ink)" },
  ".ts-fence .ts-kind": { fontWeight: "700" },
  ".ts-options, .ts-options *": { color: "var(--soft)" },
  ".ts-merge, .ts-merge *": { color: "var(--spruce)", backgroundColor: "var(--wash)", borderRadius: "2px" },
  ".ts-found": { textDecoration: "underline wavy var(--warn)", textDecorationSkipInk: "none", textUnderlineOffset: "3px" },
  ".ts-found.ts-error": { textDecorationColor: "var(--error)" },
  ".ts-at-error": { color: "var(--error)", fontWeight: "700", boxShadow: "inset 3px 0 0 var(--error)" },
  ".ts-at-warning": { color: "var(--ink)", fontWeight: "700", boxShadow: "inset 3px 0 0 var(--edge)" },
});

/** CodeMirror's own style in our colours: words as they are, marks softer, headings bold without a line. */
function colours() {
  const specs = defaultHighlightStyle.specs.map(({ color, textDecoration, ...spec }) => ({
    ...spec, ...(color ? { color: "var(--soft)" } : {}),
    ...(textDecoration && !spec.fontWeight ? { textDecoration } : {}),
  }));
  return syntaxHighlighting(HighlightStyle.define(specs));
}

export class Mirror {
  static async in(host, changed) {
    const markdown = await LanguageDescription.matchLanguageName(languages, "markdown").load();
    return new Mirror(host, changed, markdown);
  }

  constructor(host, changed, markdown) {
    host.classList.add("mirror");
    const root = (host.shadowRoot ?? host.attachShadow({ mode: "open" }));
    this.states = new Map(); // by path: what can be undone stays when one looks at another text
    this.writing = new Compartment();
    this.changed = changed;
    this.markdown = markdown;
    this.view = new EditorView({ state: this.#fresh(""), parent: root, root });
  }

  #fresh(text) {
    return EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-/", run: () => false }])),
        basicSetup, this.markdown, this.writing.of([]), blocks, findings, hover, face, colours(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          tabindex: "0", "aria-label": "Text in Markdown", spellcheck: "true", autocorrect: "on", autocapitalize: "sentences",
        }),
        EditorView.updateListener.of(update => { if (update.docChanged) this.changed(this.text); }),
      ],
    });
  }

  get text() { return this.view.state.doc.toString(); }

  open(path, text, writable) {
    if (this.path) this.states.set(this.path, this.view.state);
    this.path = path;
    const kept = this.states.get(path);
    this.view.setState(kept?.doc.toString() === text ? kept : this.#fresh(text));
    this.view.dispatch({ effects: this.writing.reconfigure(EditorState.readOnly.of(!writable)) });
    if (!kept) this.view.scrollDOM.scrollTop = 0;
  }

  replace(text) { this.view.dispatch({ changes: change(this.text, text) }); }

  insert(text, { block = false } = {}) {
    const { from, to } = this.view.state.selection.main, whole = this.text;
    const { words, cursor } = inserted(text, whole.slice(0, from), whole.slice(to), block);
    this.view.dispatch({
      changes: { from, to, insert: words }, selection: { anchor: from + cursor }, scrollIntoView: true, userEvent: "input",
    });
    this.view.focus();
  }

  jump(row, col) {
    const at = this.view.state.doc.line(Math.min(Math.max(row, 1), this.view.state.doc.lines));
    const anchor = Math.min(at.from + Math.max(col - 1, 0), at.to);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }

  focus() { this.view.focus(); }
  mark(problems) { this.view.dispatch({ effects: found.of(problems) }); }
}
