// The two sides of a conflict, above the field: neither is lost until one is chosen.
import { byId, differing, make, say } from "./page.js";

/** Show what the file has become, and what may be done: `theirs` is null where there is no file any more. */
export function showConflict(paper, { theirs, difference, merged }) {
  const host = byId("conflict"), mine = paper.field.text;
  const done = text => { host.hidden = true; host.replaceChildren(); paper.settle(text); paper.field.focus(); };
  const button = (words, act) => make("button", { type: "button", class: "button quiet", onclick: act }, words);
  const lines = make("ol", { class: "lines", tabindex: "0", "aria-label": "Lines that differ" });
  lines.append(...differing(difference.length ? difference : between(mine, theirs ?? ""), ["Yours: ", "Theirs: "]));
  const both = button("Both side by side", () => besides(host, mine, theirs ?? "", done));
  const together = merged == null ? null : button("Put both together", () => done(merged));
  host.replaceChildren(
    make("h3", { id: "conflict-heading", tabindex: "-1" }, theirs === null ? "This file is not there any more" : "This file was changed elsewhere"),
    make("p", {}, theirs === null ? "It was taken away or renamed. Your text is still here, and not saved." : "Nothing was overwritten. Red lines are yours only, green lines are in the file only."),
    theirs === null ? null : lines,
    make("p", { class: "buttons" }, button("Keep mine", () => done(paper.field.text)),
      theirs === null ? null : button("Take theirs", () => done(theirs)), theirs === null ? null : both, together));
  host.hidden = false;
  say(byId("conflict-heading").textContent);
}

/** Lines of two texts between their common beginning and end; the server's list is finer where there is one. */
function between(mine, theirs) {
  const a = mine.split("\n"), b = theirs.split("\n");
  let start = 0, end = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const line = op => text => ({ op, text });
  return [...a.slice(start, a.length - end).map(line("removed")), ...b.slice(start, b.length - end).map(line("added"))];
}

/** Both texts beside each other: the left one is edited until it has all of both. */
function besides(host, mine, theirs, done) {
  const left = make("textarea", { id: "both-mine", rows: "14", spellcheck: "true" });
  left.value = mine;
  const right = make("textarea", { id: "both-theirs", rows: "14", readonly: true });
  right.value = theirs;
  left.addEventListener("scroll", () => { right.scrollTop = left.scrollTop; });
  host.querySelector(".sides")?.remove();
  host.querySelector(".lines").after(make("div", { class: "sides" },
    make("div", {}, make("label", { for: "both-mine" }, "Yours, to edit"), left),
    make("div", {}, make("label", { for: "both-theirs" }, "Theirs"), right),
    make("p", { class: "buttons" }, make("button", { type: "button", class: "button", onclick: () => done(left.value) }, "Save the left text"))));
  left.focus();
}

