// A document in a frame that changes without a flicker: the next one is loaded behind the one that is shown, takes over
// its place on the page, and its size where the frame is narrower than the width that was asked for.
import { make } from "./page.js";

export class Frame {
  /** `strict` lets the document run nothing; a link in it, or out of the site, is told to `followed` instead. */
  constructor(host, title, { strict = false, followed = null } = {}) {
    Object.assign(this, { host, title, strict, followed, width: null });
    this.watch = new ResizeObserver(() => this.#fit());
    this.watch.observe(host);
  }

  /** Width of the document in CSS pixels; `null` is the width of the frame. */
  wide(width) { this.width = width; this.#fit(); }

  show(source) {
    this.next?.remove();
    const frame = make("iframe", { title: this.title, class: "loading", tabindex: "-1", "aria-hidden": "true", ...(this.strict ? { sandbox: "allow-same-origin" } : {}) });
    this.next = frame;
    frame.addEventListener("load", () => this.#shown(frame, source), { once: true });
    frame.src = source;
    this.host.append(frame);
    this.#fit();
  }

  #shown(frame, source) {
    if (frame !== this.next) return;
    const before = this.frame, same = this.source === source.split("?")[0], focused = before && document.activeElement === before;
    const at = same ? this.#scroll(before) : 0;
    Object.assign(this, { frame, next: null, source: source.split("?")[0] });
    try {
      frame.contentWindow.scrollTo(0, at);
      if (this.followed) frame.contentDocument.addEventListener("click", event => this.#clicked(event), true);
    } catch { /* a document of another origin: an error page of the browser */ }
    frame.classList.remove("loading");
    frame.removeAttribute("tabindex");
    frame.removeAttribute("aria-hidden");
    if (focused) frame.focus();
    before?.remove();
  }

  #scroll(frame) {
    try { return frame?.contentWindow.scrollY ?? 0; } catch { return 0; }
  }

  #clicked(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || (!this.strict && new URL(link.href).origin === location.origin)) return; // pages of the site lead on
    event.preventDefault();
    this.followed(link.href);
  }

  #fit() {
    const { clientWidth: room, clientHeight: height } = this.host;
    if (!room || !height) return;
    const wanted = this.width ?? room, scale = Math.min(1, room / wanted);
    for (const { style } of this.host.querySelectorAll("iframe")) {
      style.width = `${wanted}px`;
      style.height = `${height / scale}px`;
      style.left = `${Math.max(0, (room - wanted) / 2)}px`;
      style.transform = scale < 1 ? `scale(${scale})` : "none";
    }
    this.host.dataset.scale = scale < 1 ? `${Math.round(scale * 100)} %` : "";
  }
}
