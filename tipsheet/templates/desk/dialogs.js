// Dialogs and menus: a new issue, a test, a link, a picture, earlier versions, shortcuts.
import { Refusal, address, get, part, post } from "./api.js";
import { make, moment, tablist } from "./page.js";

/** Open a dialog; it is removed when it closes, and the focus goes back to where it was. */
export function dialog(heading, ...children) {
  const close = make("button", { type: "button", class: "button quiet", onclick: () => box.close() }, "Close");
  const box = make("dialog", { "aria-labelledby": "dialog-heading" },
    make("div", { class: "head" }, make("h2", { id: "dialog-heading" }, heading), close), ...children);
  const from = document.activeElement;
  box.addEventListener("close", () => { box.remove(); if (from?.isConnected) from.focus(); });
  document.body.append(box);
  box.showModal();
  return box;
}

const field = (id, label, input, hint) => make("div", { class: "question" }, make("label", { for: id }, label), input,
  hint ? make("p", { class: "hint", id: `${id}-hint` }, hint) : null);

/** A form in a dialog; a refusal is said in it and it stays open. `act` gets the form's values. */
function form(box, children, button, act) {
  const error = make("p", { class: "refused", role: "alert", hidden: true });
  const go = make("button", { type: "submit", class: "button" }, button);
  const made = make("form", {
    onsubmit: async event => {
      event.preventDefault();
      go.disabled = true;
      error.hidden = true;
      try {
        await act(Object.fromEntries(new FormData(made)));
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        error.textContent = refusal.message;
        error.hidden = false;
      } finally { go.disabled = false; }
    },
  }, children, error, make("p", { class: "buttons" }, go));
  box.append(made);
  made.querySelector("input:not([type=file]), textarea, select")?.focus();
  return made;
}

/** Ask for a title and a day; without a day the issue takes the next free slot. */
export function askIssue(date, made) {
  const box = dialog("New issue");
  form(box, [
    field("new-title", "Title", make("input", { id: "new-title", name: "title", required: true, autocomplete: "off" })),
    field("new-date", "Date", make("input", { id: "new-date", name: "date", type: "date", value: date ?? "", "aria-describedby": "new-date-hint" }),
      "Empty: the next free day of your schedule."),
  ], "Begin", async values => {
    const answer = await post("new", { title: values.title, ...(values.date ? { date: values.date } : {}) });
    box.close();
    made(answer);
  });
}

/** A menu below its button: arrow keys, Home, End, first letters, Escape. */
export function menu(button, items, chosen) {
  document.querySelector(".menu")?.remove();
  const list = make("div", { class: "menu", role: "menu", "aria-label": button.textContent, popover: "auto" }, items.map(item =>
    make("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => { list.hidePopover(); chosen(item); } },
      make("span", {}, item.title), item.hint ? make("span", { class: "hint" }, item.hint) : null)));
  if (!items.length) list.append(make("p", { class: "empty" }, "There is none."));
  list.addEventListener("keydown", event => {
    const all = [...list.querySelectorAll("[role=menuitem]")], at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    const letter = event.key.length === 1 ? [...all.slice(at + 1), ...all.slice(0, at + 1)].find(one =>
      one.textContent.toLowerCase().startsWith(event.key.toLowerCase())) : null;
    if (to !== undefined) { event.preventDefault(); all[(to + all.length) % all.length].focus(); }
    else if (letter) { event.preventDefault(); letter.focus(); }
    else if (event.key === "Tab") list.hidePopover();
  });
  list.addEventListener("toggle", event => {
    button.setAttribute("aria-expanded", event.newState === "open");
    if (event.newState !== "closed") return;
    if (list.contains(document.activeElement) || document.activeElement === document.body) button.focus();
    list.remove();
  });
  button.after(list);
  list.showPopover();
  const { left, bottom } = button.getBoundingClientRect();
  list.style.left = `${Math.max(8, Math.min(left, innerWidth - list.offsetWidth - 8))}px`;
  list.style.top = `${Math.min(bottom + 4, innerHeight - list.offsetHeight - 8)}px`;
  list.querySelector("[role=menuitem]")?.focus();
}

/** Choose an issue or another text to link to. */
export function askLink(posts, chosen) {
  const box = dialog("Link to an issue");
  const list = make("ul", { class: "rows" });
  const draw = query => list.replaceChildren(...posts.filter(one => one.title.toLowerCase().includes(query)).slice(0, 50).map(one =>
    make("li", {}, make("button", { type: "button", onclick: () => { box.close(); chosen(one); } }, one.title))));
  const search = make("input", { type: "search", id: "link-search", autocomplete: "off", oninput: event => draw(event.target.value.trim().toLowerCase()) });
  search.addEventListener("keydown", event => { if (event.key === "Enter") list.querySelector("button")?.click(); });
  draw("");
  box.append(field("link-search", "Find", search), list);
  search.focus();
}

/** A small picture of a file, drawn here: an address of a file would need a wider policy. */
async function thumbnail(file) {
  const canvas = make("canvas", { class: "thumb", role: "img", "aria-label": "The picture" });
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: 320, resizeQuality: "medium" });
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    return canvas;
  } catch { return make("p", { class: "hint" }, `${file.name} cannot be shown here; the desk may still be able to read it.`); }
}

/** Ask for a picture (unless one was dropped) and its words, and hand over the Markdown that shows it. */
export async function askPicture(path, file, chosen) {
  const box = dialog("Picture");
  const shown = make("div", { class: "shown" });
  const input = make("input", { type: "file", id: "picture-file", accept: "image/*,.heic,.heif" });
  const show = async one => {
    file = one;
    const drawn = one && await thumbnail(one);
    if (drawn && one === file) shown.replaceChildren(drawn); // else another was chosen meanwhile
  };
  input.addEventListener("change", () => show(input.files[0]));
  const alt = make("textarea", { id: "picture-alt", name: "alt", rows: "2", required: true, "aria-describedby": "picture-alt-hint" });
  const decoration = make("input", { type: "checkbox", id: "decoration", onchange: () => { alt.required = alt.disabled = false; alt.disabled = decoration.checked; alt.required = !decoration.checked; } });
  form(box, [
    file ? null : field("picture-file", "File", input),
    shown,
    field("picture-alt", "In words, for those who do not see it", alt, "One sentence: what is to be seen, and why it is here."),
    make("label", { class: "check" }, decoration, " It is decoration and says nothing"),
  ], "Put it in", async values => {
    if (!file) throw new Refusal(400, { error: "Choose a file first." });
    const body = new FormData();
    body.set("file", file);
    body.set("path", path);
    body.set("alt", decoration.checked ? "" : values.alt.trim());
    if (decoration.checked) body.set("decoration", "yes");
    const answer = await post("picture", body);
    box.close();
    chosen(answer);
  });
  if (file) { await show(file); alt.focus(); }
}

const PARTS = { html: "Letter", text: "Text", headers: "Headers", raw: "Raw" };

/** A caught message in its parts. */
async function caught(host, id) {
  const message = await get(`caught/${part(id)}`);
  const headers = Array.isArray(message.headers) ? message.headers : Object.entries(message.headers ?? {});
  const panels = {
    html: make("iframe", { sandbox: "allow-same-origin", title: "The letter that was caught" }),
    text: make("pre", { tabindex: "0" }, message.text ?? ""),
    headers: make("div", { class: "table", tabindex: "0" }, make("table", {}, make("tbody", {}, headers.map(([name, value]) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)))))),
    raw: make("pre", { tabindex: "0" }, message.raw ?? ""),
  };
  panels.html.src = address(`caught/${part(id)}/document`);
  const tabs = make("div", { class: "tabs", role: "tablist", "aria-label": "Parts of the message" }, Object.entries(PARTS).map(([name, words], at) =>
    make("button", { type: "button", role: "tab", id: `caught-${name}`, "aria-controls": `caught-panel-${name}`, "aria-selected": at === 0, tabindex: at ? "-1" : "0" }, words)));
  const bodies = Object.entries(panels).map(([name, body], at) =>
    make("div", { role: "tabpanel", id: `caught-panel-${name}`, "aria-labelledby": `caught-${name}`, hidden: at > 0 }, body));
  tablist(tabs, tab => { for (const body of bodies) body.hidden = body.id !== tab.getAttribute("aria-controls"); });
  host.replaceChildren(tabs, ...bodies);
}

/** Send a test of an issue for some readers, and show what was caught. */
export function askTest(issue, { segments, titles, reader }) {
  const box = dialog("Send me a test");
  const result = make("div", { class: "caught", "aria-live": "polite" });
  const to = localStorage.getItem("desk:to") ?? "you@example.org";
  box.classList.add("large");
  form(box, [
    make("p", {}, make("b", {}, issue.title), `, as ${titles.length ? titles.join(" and ") : "everyone"} ${titles.length > 1 ? "get" : "gets"} it`, reader ? `, to ${reader}` : "", "."),
    field("test-to", "Address", make("input", { id: "test-to", name: "to", type: "email", required: true, value: to, autocomplete: "email", "aria-describedby": "test-to-hint" }),
      "Where no mail server is set up, the desk catches the message and shows it here."),
  ], "Send", async values => {
    localStorage.setItem("desk:to", values.to);
    result.replaceChildren();
    const answer = await post("test", { issue: issue.id, segments, reader, to: values.to });
    if (answer.caught) {
      const host = make("div", {});
      result.replaceChildren(make("p", {}, "Caught here; it went to nobody."), host);
      await caught(host, answer.id);
    } else result.replaceChildren(make("p", {}, `Handed to the mail server for ${values.to}: ${answer.answer ?? "accepted"}`));
  });
  box.append(result);
}

const CAUSES = {
  saved: "Saved here", found: "Changed elsewhere", refused: "Not saved, since the file had changed", undone: "Brought back", deleted: "Deleted",
};

/** The versions that the desk keeps of a text; the chosen one is handed over. */
export async function askVersion(path, chosen) {
  const { versions } = await get("versions", { path });
  const box = dialog("Earlier versions");
  box.classList.add("large");
  const pane = make("div", { class: "version" }, make("p", { class: "hint" }, versions.length ? "Choose one to read it." : "There is none yet."));
  const show = async (version, button) => {
    for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
    const found = await get("version", { path, id: version.id }).catch(refusal => refusal);
    if (button.getAttribute("aria-pressed") !== "true") return; // another was chosen meanwhile
    if (found instanceof Refusal) return pane.replaceChildren(make("p", { class: "refused", role: "alert" }, found.message));
    const { text } = found;
    pane.replaceChildren(make("pre", { tabindex: "0", role: "document", "aria-label": `The text of ${moment(version.at)}` }, text),
      make("p", { class: "buttons" }, make("button", { type: "button", class: "button", onclick: () => { box.close(); chosen(text); } }, "Bring this one back")));
  };
  const list = make("ul", { class: "rows" }, versions.map(version => make("li", {},
    make("button", { type: "button", "aria-pressed": "false", onclick: event => show(version, event.currentTarget) },
      make("span", {}, moment(version.at)), make("span", { class: "hint" }, version.current ? "As it is now" : CAUSES[version.cause] ?? version.cause)))));
  box.append(make("div", { class: "versions" }, list, pane));
  list.querySelector("button")?.focus();
}

export const SHORTCUTS = [
  ["Ctrl+S", "Save now"], ["Ctrl+K", "Find a text"], ["F6", "Next part of the desk"], ["Shift+F6", "The part before"],
  ["F8", "Next finding"], ["Shift+F8", "The finding before"], ["Alt+1 … Alt+6", "Page, Letter, Text, Feed, Facts, Difference"],
  ["Alt+I", "Insert a block"], ["Alt+N", "New issue"], ["Alt+C", "Calendar, and back"], ["Ctrl+Z", "Undo in the text"],
  ["Escape, Tab", "Leave the text"], ["?", "This list, outside of fields"],
];

export function showShortcuts() {
  const off = localStorage.getItem("desk:no-letters") === "yes";
  const list = make("dl", { class: "keys" }, SHORTCUTS.map(([keys, what]) => make("div", {}, make("dt", {}, make("kbd", {}, keys)), make("dd", {}, what))));
  dialog("Shortcuts", list, make("label", { class: "check" }, make("input", {
    type: "checkbox", checked: !off, onchange: event => localStorage.setItem("desk:no-letters", event.target.checked ? "no" : "yes"),
  }), " “?” opens this list"), make("p", { class: "hint" }, "On a Mac, Ctrl is ⌘ and Alt is ⌥."));
}
