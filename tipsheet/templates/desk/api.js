// Asking the desk's server. Everything lies below the page's own address.
import { later } from "./page.js";

const AGAIN = 1000; // milliseconds after which a stream that was refused is asked for again
const HOME = new URL(".", document.baseURI);
let token = document.querySelector("meta[name=desk]").content;

/** An answer that is no success, or (status 0) no answer. */
export class Refusal extends Error {
  constructor(status, body) {
    const said = body.error ? `${body.error}${body.hint ? ` (${body.hint})` : ""}` : `the desk answered ${status}`;
    super(said[0].toUpperCase() + said.slice(1));
    this.status = status;
    this.body = body;
  }
}

/** Address of a path below the desk, with a query; a value that is not there is left out. */
export function address(path, query = {}) {
  const url = new URL(path, HOME);
  for (const [key, value] of Object.entries(query)) if (value != null) url.searchParams.set(key, value);
  return url.href;
}

/** A part of an address: an id or a path as one segment. */
export const part = encodeURIComponent;

async function answer(url, options) {
  let response;
  try {
    response = await fetch(url, { cache: "no-store", ...options });
  } catch {
    throw new Refusal(0, { error: "the desk does not answer", hint: "is tipsheet serve running?" });
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refusal(response.status, body);
}

/** Ask for the token of a server that was started again: it is in its shell. True when it is another than was refused.

    Of several requests that are refused together, one may find that another has asked already. */
async function renewed(refused) {
  if (token === refused) {
    const shell = await (await answer(HOME.href)).text();
    token = new DOMParser().parseFromString(shell, "text/html").querySelector("meta[name=desk]")?.content || token;
  }
  return token !== refused;
}

export const get = async (path, query) => (await answer(address(path, query))).json();
export const text = async (path, query) => (await answer(address(path, query))).text();

/** Send JSON, or a form as it is; a refused token is asked for once more. */
export async function send(method, path, body, { keepalive = false } = {}) {
  const form = body instanceof FormData;
  const request = shown => answer(address(path), {
    method, keepalive,
    headers: { "X-Desk": shown, ...(form ? {} : { "Content-Type": "application/json" }) },
    body: form ? body : JSON.stringify(body),
  });
  const first = token;
  try {
    return await (await request(first)).json();
  } catch (refusal) {
    if (refusal.status !== 403 || !(await renewed(first))) throw refusal;
    return (await request(token)).json();
  }
}

export const post = (path, body) => send("POST", path, body);

/** Server-sent events by name, after the one numbered `since`; `lost` and `back` are told when the server goes and comes.
    Without a number anything may have happened, which `back` is told as well.

    A browser keeps six connections to a server, whatever the number of windows, and a stream holds one. So a window that
    nobody sees does not listen, and `back` is told when it does again. */
export function listen(handlers, { since, lost, back }) {
  let source = null, away = since === undefined;
  const open = () => {
    source = new EventSource(address("events", { since }));
    source.onerror = () => {
      away = true;
      lost();
      if (source?.readyState === EventSource.CLOSED) { source = null; again(); } // the browser asks again after no answer only
    };
    source.onopen = () => { if (away) { away = false; back(); } };
    for (const [name, act] of Object.entries(handlers)) {
      source.addEventListener(name, event => { since = event.lastEventId; act(event.data ? JSON.parse(event.data) : {}); });
    }
  };
  const look = () => {
    if (document.visibilityState === "hidden") { source?.close(); source = null; away = true; } else if (!source) open();
  };
  const again = later(AGAIN, look);
  document.addEventListener("visibilitychange", look);
  look();
}
