// The open text and its file: read, saved a moment after typing stops, checked as one types, never overwritten when the
// file was changed elsewhere. What is not saved yet is kept in the browser too, so that a closed window loses nothing.
import { Refusal, get, post, send } from "./api.js";
import { byId, later, say } from "./page.js";

const PAUSE = 700; // milliseconds without a key after which a text is saved
const CHECK = 250;
const AGAIN = 3000; // after which a save that got no answer is tried once more
const UNANSWERED = 3; // texts that were sent last without an answer: the file may hold any of them

const kept = path => `desk:unsaved:${path}`;

export class Paper {
  /** `field` holds the text; `tell` is called with `saved`, `problems`, `conflict`, `opened` and `replaced`. */
  constructor(field, tell) {
    this.field = field;
    this.tell = tell;
    this.path = null;
    this.sent = [];
    this.soon = later(PAUSE, () => this.save());
    this.look = later(CHECK, () => this.check());
    this.retry = later(AGAIN, () => this.save());
  }

  get dirty() { return this.path !== null && this.writable && this.field.text !== this.saved; }

  /** Open a text; the one before is saved first. False when it is open, or another was asked for meanwhile. */
  async open(path) {
    this.asked = path;
    await this.save();
    if (path === this.path || this.asked !== path) return false;
    const source = await get("source", { path });
    await this.#saveAll();
    if (path === this.path || this.asked !== path) return false;
    Object.assign(this, { path, saved: source.text, base: source.digest, writable: source.writable, conflict: null, sent: [] });
    this.field.open(path, source.text, source.writable);
    this.tell("opened", source);
    this.tell("problems", source.problems ?? []);
    this.#state(source.writable ? "saved" : "fixed");
    this.#recover();
    return true;
  }

  /** Save also what is typed while the answer to the save is under way. */
  async #saveAll() {
    let before;
    do { before = this.field.text; await this.save(); } while (this.field.text !== before);
  }

  /** What a window before this one could not save: saved now, or shown beside what the file has become. */
  #recover() {
    const left = JSON.parse(localStorage.getItem(kept(this.path)) ?? "null");
    if (!left || left.text === this.saved) return localStorage.removeItem(kept(this.path));
    this.field.replace(left.text);
    if (left.base !== this.base && !left.sent?.includes(this.saved)) this.#clash({ theirs: this.saved, digest: this.base });
    else say("Text that was not saved before is here again.");
  }

  changed() {
    if (!this.dirty) return this.#state(this.conflict ? "conflict" : "saved");
    this.#keep();
    this.#state(this.conflict ? "conflict" : "waiting");
    if (!this.conflict) this.soon();
    this.look();
  }

  #keep() {
    const { base, sent, field: { text } } = this;
    localStorage.setItem(kept(this.path), JSON.stringify({ base, sent, text }));
  }

  async check() {
    const { path } = this, text = this.field.text;
    try {
      const { problems } = await post("check", { path, text });
      if (path === this.path && text === this.field.text) this.tell("problems", problems);
    } catch { /* the save says it */ }
  }

  /** Save what is not saved yet. One request at a time: what is typed meanwhile is saved after it. */
  async save({ aloud = false } = {}) {
    this.soon.cancel();
    this.retry.cancel();
    if (this.saving) { await this.saving; return this.dirty ? this.save({ aloud }) : undefined; }
    if (!this.dirty || this.conflict) {
      if (aloud && this.path && !this.conflict) say("Saved");
      return undefined;
    }
    this.#state("saving");
    this.saving = this.#put(this.path, this.field.text, aloud);
    try { await this.saving; } finally { this.saving = null; }
    return undefined;
  }

  async #put(path, text, aloud) {
    const before = this.sent;
    this.sent = [...before.filter(one => one !== text), text].slice(-UNANSWERED);
    this.#keep();
    try {
      const { digest, problems } = await send("PUT", "source", { path, text, base: this.base });
      if (path !== this.path) return;
      Object.assign(this, { base: digest, saved: text, sent: [] });
      if (!this.dirty) localStorage.removeItem(kept(path));
      else this.#keep();
      if (!this.dirty && problems) this.tell("problems", problems);
      this.#state(this.dirty ? "waiting" : "saved");
      if (aloud) say("Saved");
      if (this.dirty) this.soon();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (path !== this.path) return;
      if (refusal.status === 409) {
        this.sent = before;
        return void (this.#ours(refusal.body) ? this.soon() : this.#clash(refusal.body));
      }
      this.#state("failed", refusal.message);
      if (refusal.status === 0 || refusal.status >= 500) this.retry();
    }
  }

  /** A text that was sent and never answered was written after all: what is typed goes on from it. */
  #ours({ theirs, digest }) {
    if (!this.sent.includes(theirs)) return false;
    Object.assign(this, { base: digest, saved: theirs, sent: [] });
    this.#keep();
    return true;
  }

  #clash({ theirs, digest, difference = [], merged = null }) {
    this.conflict = { theirs, digest, difference, merged };
    this.#state("conflict");
    this.tell("conflict", this.conflict);
  }

  /** The file was changed by somebody else, or may have been: show it, or the two beside each other.

      Of several looks the last one counts. What was saved while it was under way is newer than its answer, which says
      nothing then. */
  async lookAgain() {
    await this.saving;
    if (!this.path || (this.conflict && this.dirty)) return;
    const { path, base } = this, look = this.looks = Symbol(path);
    let source, refused = 0;
    try { source = await get("source", { path }); } catch (refusal) { refused = refusal.status; }
    if (look !== this.looks || path !== this.path) return;
    if (this.saving || base !== this.base) return this.lookAgain();
    if (refused) return void (refused === 404 && this.#clash({ theirs: null, digest: "" }));
    if (!source || (this.conflict && this.dirty)) return;
    if (source.digest === this.base && !this.conflict) return;
    if (this.dirty) return this.save(); // whose refusal has the difference, and both together
    this.#take(source.text, source.digest);
    this.tell("problems", source.problems ?? []);
    say("This text was changed elsewhere; it is shown as it is now.");
  }

  #take(text, digest) {
    Object.assign(this, { base: digest, saved: text, conflict: null });
    this.field.replace(text);
    localStorage.removeItem(kept(this.path));
    this.#state("saved");
    this.tell("replaced");
  }

  /** End a conflict: with my text, with theirs, or with a third that was made of both. */
  async settle(text) {
    const { theirs, digest } = this.conflict;
    if (text === theirs) return this.#take(theirs, digest);
    Object.assign(this, { base: digest, saved: theirs, conflict: null });
    if (text !== this.field.text) this.field.replace(text);
    this.tell("replaced");
    return this.save({ aloud: true });
  }

  /** Bring back a version: one step that the field can undo, saved at once. */
  async bring(text) {
    this.field.replace(text);
    await this.save({ aloud: true });
  }

  /** A window that goes away: the request outlives it, and so does the copy in the browser. */
  leave() {
    if (!this.dirty || this.conflict) return;
    send("PUT", "source", { path: this.path, text: this.field.text, base: this.base }, { keepalive: true })
      .then(({ digest }) => { Object.assign(this, { base: digest }); }).catch(() => {});
  }

  #state(state, why = "") {
    const line = byId("saved");
    const words = {
      saved: "Saved", saving: "Saving", waiting: "Not saved yet", fixed: "Only to read", conflict: "Changed elsewhere",
      failed: `Not saved. ${why}`,
    }[state];
    if (line.dataset.state === state && line.textContent === words) return;
    line.dataset.state = state;
    line.textContent = words;
    if (state === "failed" || state === "conflict") say(words);
    this.tell("saved", state);
  }
}
