// Loads a page of the site anew when it has changed. The server adds it when it shows a page; no file has it.
// A page that nobody sees does not listen: browsers keep few connections to a server.
(() => {
  const { since, path } = document.currentScript.dataset;
  if (window.top !== window) return; // the desk itself loads its frames anew
  let last = since;
  let stream = null;

  const mine = () => {
    const here = decodeURI(location.pathname);
    return here.startsWith(path) ? here.slice(path.length).replace(/index\.html$/, "") : null;
  };
  const changed = (event) => {
    last = event.lastEventId;
    const { urls } = JSON.parse(event.data);
    if (urls === null || urls.includes(mine()) || urls.includes("404.html")) location.reload();
  };
  const listen = () => {
    if (document.visibilityState === "hidden") {
      stream?.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource(`/_desk/events?since=${encodeURIComponent(last)}`);
      stream.addEventListener("changed", changed);
      stream.addEventListener("error", () => {
        if (stream?.readyState !== EventSource.CLOSED) return; // after no answer the browser asks again by itself
        stream = null;
        setTimeout(listen, 1000);
      });
    }
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => stream?.close());
  listen();
})();
