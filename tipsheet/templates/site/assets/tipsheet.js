/* What a tipsheet's pages can do beyond showing text: take the colours that a reader chose, remember ticks, lead to a
   filter, copy, print, fetch comments. Every page works without it, and what is past is greyed at the next build. Choice
   and ticks stay in this browser; nothing is sent. It stands before the style sheets, so that the colours are there at
   the first sight. */
(() => {
  "use strict"
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const memory = new Map() // for browsers that keep nothing

  /* Colours: the system's, or those of the publication, until a reader chooses others. */
  const root = document.documentElement
  const { src, dataset: given } = document.currentScript
  const CHOSEN = `tipsheet:scheme:${new URL("..", src).pathname}`
  const system = matchMedia("(prefers-color-scheme: dark)")
  const ruled = given.tsScheme === "system" || "tsSwitch" in given // else the publication has one scheme
  let chosen = ""
  const usual = () => (given.tsScheme === "system" ? (system.matches ? "dark" : "light") : given.tsScheme)
  const scheme = () => {
    try { return localStorage.getItem(CHOSEN) || usual() } catch { return chosen || usual() }
  }
  const showScheme = () => {
    if (!ruled) return
    const dark = scheme() === "dark"
    root.dataset.tsScheme = dark ? "dark" : "light"
    if (!document.body) return
    document.body.dataset.mdColorScheme = dark ? "slate" : "default"
    for (const button of all("[data-ts-dark]")) button.setAttribute("aria-pressed", dark)
  }
  /* A choice of what stands by itself needs no memory: from then on the page follows the system again. */
  const chooseScheme = (dark) => {
    chosen = dark ? "dark" : "light"
    if (chosen === usual()) chosen = ""
    try { chosen ? localStorage.setItem(CHOSEN, chosen) : localStorage.removeItem(CHOSEN) } catch { /* for this page only */ }
    showScheme()
  }
  root.classList.replace("no-js", "js") // without it Material hides its search
  showScheme()
  new MutationObserver((_, watch) => document.body && (watch.disconnect(), showScheme())).observe(root, { childList: true })
  system.addEventListener("change", showScheme)

  const key = (action, step) => {
    const publication = document.querySelector("[data-ts-publication]").dataset.tsPublication
    return `tipsheet:${publication}#${action}:${step}`
  }
  const kept = (name) => {
    try { return localStorage.getItem(name) !== null } catch { return memory.has(name) }
  }
  const keep = (name, on) => {
    try { on ? localStorage.setItem(name, "1") : localStorage.removeItem(name) }
    catch { on ? memory.set(name, "1") : memory.delete(name) }
  }
  const steps = (card) => Array.from({ length: +card.dataset.tsSteps }, (_, index) => key(card.dataset.tsAction, index + 1))

  const say = (element, n, total) => {
    const words = n === total ? element.dataset.tsEvery : element.dataset.tsSome
    const text = words.replace("{n}", n).replace("{all}", total)
    if (element.textContent !== text) element.textContent = text // a live region is read out on every change
  }

  /* Show what is remembered. */
  const showTicks = () => {
    let done = 0
    const cards = all("[data-ts-action]")
    for (const card of cards) {
      const names = steps(card)
      const n = names.filter(kept).length
      if (n === names.length) done += 1
      for (const box of all("[data-ts-step]", card)) box.checked = kept(key(card.dataset.tsAction, box.dataset.tsStep))
      for (const box of all("[data-ts-all]", card)) box.checked = n === names.length
      for (const count of all("[data-ts-count]", card)) say(count, n, names.length)
    }
    for (const bar of all(":not([data-ts-index]) > .ts-bar [data-ts-progress]")) {
      say(bar.querySelector("p"), done, cards.length)
      bar.querySelector("progress").value = done
    }
  }

  /* What has passed since the page was made says so, as its next build will. */
  const showPast = () => {
    for (const dated of all("[data-ts-until]")) {
      if (Date.parse(dated.dataset.tsUntil) > Date.now()) continue
      const flag = dated.querySelector(".ts-flag")
      if (dated.dataset.tsThen) {
        dated.textContent = dated.dataset.tsThen
        dated.closest(".ts-card--now")?.classList.remove("ts-card--now")
      } else dated.classList.add("ts-over")
      if (flag && flag.dataset.tsPast) flag.textContent = flag.dataset.tsPast
    }
  }

  const showFilter = () => {
    const n = all(".ts-lib [type=radio]:checked").filter((box) => box.value).length
    for (const count of all("[data-ts-chosen]")) count.textContent = n ? ` (${n})` : ""
    for (const line of all(":not([data-ts-index]) > [data-ts-shown]")) {
      const cards = all(".ts-card")
      const shown = n ? cards.filter((card) => card.getClientRects().length) : cards // which would wait for the layout
      say(line, shown.length, cards.length)
      line.hidden = !line.textContent
    }
  }

  /* actions/#managers,within-15 chooses these filters, subscribe/#managers that segment in the form. */
  const choose = () => {
    const named = decodeURIComponent(location.hash.slice(1)).split(",").map((id) => document.getElementById(id)).filter(Boolean)
    const boxes = named.filter((box) => box.matches(".ts-lib [type=radio], .ts-form [name=segments]"))
    if (boxes.length && document.querySelector(".ts-lib")) for (const box of all(".ts-lib [type=radio][value='']")) box.checked = true
    for (const box of boxes) box.checked = true
    if (boxes.length) boxes[0].closest(".ts-lib, fieldset").scrollIntoView()
    showFilter()
  }

  document.addEventListener("change", ({ target }) => {
    const card = target.closest("[data-ts-action]")
    if (card && target.matches("[data-ts-step]")) keep(key(card.dataset.tsAction, target.dataset.tsStep), target.checked)
    else if (card && target.matches("[data-ts-all]")) for (const name of steps(card)) keep(name, target.checked)
    else if (target.matches(".ts-lib [type=radio]")) {
      const chosen = all(".ts-lib [type=radio]:checked").filter((box) => box.value).map((box) => box.id)
      history.replaceState(history.state, "", chosen.length ? `#${chosen}` : location.pathname + location.search)
      return showFilter()
    } else return
    showTicks()
  })

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest && target.closest("button")
    if (!button) return
    if ("tsDark" in button.dataset) chooseScheme(button.getAttribute("aria-pressed") !== "true")
    else if ("tsFind" in button.dataset) document.querySelector(".md-search__input").focus() // which opens it
    else if ("tsCopy" in button.dataset) {
      await navigator.clipboard.writeText(button.dataset.tsCopy)
      button.firstElementChild.textContent = button.dataset.tsCopied
    } else if ("tsPrint" in button.dataset) {
      document.documentElement.classList.add("ts-print-card")
      print()
    } else if ("tsGiscus" in button.dataset) {
      const script = document.createElement("script")
      for (const { name, value } of button.attributes) if (/^data-(?!ts-)/.test(name)) script.setAttribute(name, value)
      script.dataset.theme = document.body.dataset.mdColorScheme === "slate" ? "dark" : "light"
      script.src = "https://giscus.app/client.js"
      script.crossOrigin = "anonymous"
      button.parentElement.replaceWith(script)
    }
  })

  /* On a phone the filters fold; elsewhere they are open, also in browsers that cannot say so by CSS. */
  const broad = matchMedia("(min-width: 48em)")
  const unfold = () => all("details.ts-filters").forEach((details) => (details.open = broad.matches))
  broad.addEventListener("change", unfold)

  addEventListener("afterprint", () => document.documentElement.classList.remove("ts-print-card"))
  addEventListener("tipsheet:cards", ({ detail }) => detail({ key, kept, say, showTicks })) // from library.js
  /* The focus goes back to where it was when search is closed, unless it is somewhere else by then. */
  let opener = null
  document.addEventListener("focusin", ({ target, relatedTarget }) => {
    if (target.closest(".md-search") && !(relatedTarget && relatedTarget.closest(".md-search"))) opener = relatedTarget
  })
  document.addEventListener("change", ({ target }) => {
    if (target.id === "__search" && !target.checked) setTimeout(() => {
      const at = document.activeElement
      if (opener && opener.isConnected && (at === document.body || at.closest(".md-search"))) opener.focus()
    })
  })

  addEventListener("storage", () => (showTicks(), showScheme())) // another tab ticked, or chose
  addEventListener("hashchange", choose)
  addEventListener("pageshow", (event) => event.persisted && showTicks())

  /* Material takes feeds for translations, and fetches the sitemap beside each. It looks when its script is run. */
  const feedsAre = (rel) => {
    for (const feed of all("link[rel~=alternate][type]")) feed.rel = rel
  }

  /* Material's script fetches the search index as soon as it is run, so it waits in a template until it is asked for. */
  const waiting = () => document.getElementById("ts-material")
  const runMaterial = () => {
    const later = waiting()
    if (!later) return
    feedsAre("alternate feed")
    for (const { attributes } of all("script", later.content)) {
      const script = document.createElement("script")
      for (const { name, value } of attributes) script.setAttribute(name, value)
      script.onload = () => feedsAre("alternate")
      document.body.append(script)
    }
    later.remove()
  }
  const NEEDS_MATERIAL = ".annotate, .mermaid, .tabbed-set, [data-md-component=palette]"
  const prepareSearch = () => {
    if (!waiting()) {
      feedsAre("alternate feed")
      return addEventListener("load", () => feedsAre("alternate"))
    }
    if (document.querySelector(NEEDS_MATERIAL) || /[?&][hq]=/.test(location.search)) runMaterial()
    document.addEventListener("focusin", ({ target }) => target.matches(".md-search__input") && runMaterial())
    document.addEventListener("keydown", (event) => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      const query = waiting() && document.querySelector(".md-search__input") // afterwards Material knows its keys
      if (!query || ctrlKey || metaKey || altKey || !/^[fs/]$/.test(key)) return
      if (target.closest("input, select, textarea, [contenteditable]")) return
      event.preventDefault()
      query.focus()
    })
  }

  const dress = () => {
    for (const element of all("[data-ts-count], [data-ts-progress]")) element.hidden = false
    for (const control of all("[data-ts-print], [data-ts-all], [data-ts-giscus]")) control.parentElement.hidden = false
    for (const button of all("[data-ts-dark], [data-ts-find]")) button.hidden = false
    if (navigator.clipboard) for (const button of all("[data-ts-copy]")) button.parentElement.hidden = false
    showScheme()
    unfold()
    showTicks()
    showPast()
    choose()
  }
  document.addEventListener("DOMContentLoaded", () => {
    prepareSearch()
    window.document$ ? window.document$.subscribe(dress) : dress() // Material's navigation without loading, or none
  })
})()
