/* What a tipsheet's pages can do beyond showing text: remember ticks, lead to a filter, copy, print, fetch comments.
   Every page works without it, and what is past is greyed at the next build. Ticks stay in this browser, by publication, action and step; nothing is sent. */
(() => {
  "use strict"
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const memory = new Map() // for browsers that keep nothing

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
      if (dated.dataset.tsThen) dated.textContent = dated.dataset.tsThen
      else dated.classList.add("ts-over")
      if (flag && flag.dataset.tsPast) flag.textContent = flag.dataset.tsPast
    }
  }

  const showFilter = () => {
    for (const line of all(":not([data-ts-index]) > [data-ts-shown]")) {
      const cards = all(".ts-card")
      say(line, cards.filter((card) => card.getClientRects().length).length, cards.length)
      line.hidden = !line.textContent
    }
  }

  /* actions/#managers chooses the filter of that name. */
  const choose = () => {
    const box = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (box && box.matches(".ts-lib [type=radio]")) {
      box.checked = true
      box.closest(".ts-lib").scrollIntoView()
    }
    showFilter()
  }

  document.addEventListener("change", ({ target }) => {
    const card = target.closest("[data-ts-action]")
    if (card && target.matches("[data-ts-step]")) keep(key(card.dataset.tsAction, target.dataset.tsStep), target.checked)
    else if (card && target.matches("[data-ts-all]")) for (const name of steps(card)) keep(name, target.checked)
    else if (target.matches(".ts-lib [type=radio]")) {
      history.replaceState(history.state, "", target.value ? `#${target.id}` : location.pathname + location.search)
      return showFilter()
    } else return
    showTicks()
  })

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest && target.closest("button")
    if (!button) return
    if ("tsCopy" in button.dataset) {
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

  addEventListener("afterprint", () => document.documentElement.classList.remove("ts-print-card"))
  addEventListener("tipsheet:cards", ({ detail }) => detail({ key, kept, say, showTicks })) // from library.js
  addEventListener("storage", showTicks) // another tab ticked
  addEventListener("hashchange", choose)
  addEventListener("pageshow", (event) => event.persisted && showTicks())

  /* Material takes feeds for translations, and fetches the sitemap beside each. It looks when its script is run. */
  const feeds = all("link[rel=alternate][type]")
  const feedsAre = (rel) => feeds.forEach((feed) => (feed.rel = rel))

  /* Material's script fetches the search index as soon as it is run, so it waits in a template until it is asked for. */
  const NEEDED = ".annotate, .mermaid, .tabbed-set, [data-md-component=palette]"
  const later = document.getElementById("ts-material")
  const query = document.querySelector(".md-search__input")
  const wake = () => {
    feedsAre("alternate feed")
    for (const waiting of all("script", later.content)) {
      const script = document.createElement("script")
      for (const { name, value } of waiting.attributes) script.setAttribute(name, value)
      script.onload = () => feedsAre("alternate")
      document.body.append(script)
    }
    later.remove()
  }
  document.documentElement.classList.replace("no-js", "js")
  if (!later) {
    feedsAre("alternate feed")
    addEventListener("load", () => feedsAre("alternate"))
  } else if (document.querySelector(NEEDED) || /[?&][hq]=/.test(location.search)) wake()
  const asked = () => later && later.isConnected && wake()
  if (query) {
    query.addEventListener("focus", asked)
    for (const label of all(".md-header [for=__search]")) label.addEventListener("click", () => query.focus())
    document.addEventListener("keydown", (event) => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      if (!later || !later.isConnected || ctrlKey || metaKey || altKey || !/^[fs/]$/.test(key)) return
      if (target.closest("input, select, textarea, [contenteditable]")) return
      event.preventDefault()
      query.focus()
    })
  }

  const dress = () => {
    for (const element of all("[data-ts-count], [data-ts-progress]")) element.hidden = false
    for (const control of all("[data-ts-print], [data-ts-all], [data-ts-giscus]")) control.parentElement.hidden = false
    if (navigator.clipboard) for (const button of all("[data-ts-copy]")) button.parentElement.hidden = false
    showTicks()
    showPast()
    choose()
  }
  window.document$ ? window.document$.subscribe(dress) : dress() // Material's navigation without loading, or none
})()
