/* An action library of several pages: filters look through all cards, an address leads to an action on whatever page it
   stands, and the progress counts all. What is chosen is known from the index; cards are fetched with their pages. */
(() => {
  "use strict"
  const library = document.querySelector("[data-ts-index]")
  const list = library && library.querySelector(".ts-cards")
  if (!list) return
  const { tsIndex, tsHome } = library.dataset
  const AT_ONCE = 48
  const home = new URL(tsHome, location)
  const own = [...list.children]
  const further = library.querySelector("[data-ts-further]").parentElement
  const pager = library.querySelector(".ts-pager")
  const line = library.querySelector("[data-ts-shown]")
  const bar = library.querySelector("[data-ts-progress]")
  let script // what tipsheet.js lends
  dispatchEvent(new CustomEvent("tipsheet:cards", { detail: (lent) => (script = lent) }))

  const answered = (answer) => { if (!answer.ok) throw new Error(answer.status); return answer }

  let index
  /* All cards in order, each with the address of its page. What could not be fetched is fetched when it is wanted again. */
  const cards = () => index ||= fetch(tsIndex).then((answer) => answered(answer).json()).then((pages) =>
    Object.entries(pages).flatMap(([page, rows]) => rows.map(([anchor, steps, seat, within, tag]) =>
      ({ page: new URL(page, home).href, anchor, steps, seat, within, tag })))).catch((error) => { index = null; throw error })

  const pages = new Map([[location.origin + location.pathname, Promise.resolve(new Map(own.map((card) => [card.id, card])))]])
  /* The cards of a page, by their ids. */
  const standingOn = (page) => {
    if (!pages.has(page)) pages.set(page, fetch(page).then((answer) => answered(answer).text()).then((html) => {
      const found = new DOMParser().parseFromString(html, "text/html").querySelectorAll(".ts-card")
      for (const card of found) {
        for (const link of card.querySelectorAll("[href]")) link.href = new URL(link.getAttribute("href"), page)
        for (const box of card.querySelectorAll("[data-ts-all]")) box.parentElement.hidden = false
      }
      return new Map([...found].map((card) => [card.id, document.adoptNode(card)]))
    }).catch((error) => { pages.delete(page); throw error }))
    return pages.get(page)
  }

  let turn = 0, fit = [], shown = 0
  const showMore = async () => {
    const mine = ++turn, next = fit.slice(shown, shown + AT_ONCE)
    const found = await Promise.all(next.map(async ({ page, anchor }) => (await standingOn(page)).get(anchor)))
    if (mine !== turn) return // another filter was chosen meanwhile, or more was asked for twice
    list.append(...found.filter(Boolean))
    shown += next.length
    further.hidden = shown >= fit.length
    script.showTicks()
  }

  const chosen = () => [...library.querySelectorAll("[type=radio]:checked")].filter((box) => box.value)
  const show = async () => {
    const boxes = chosen()
    turn += 1
    pager.hidden = boxes.length > 0
    further.hidden = line.hidden = true
    if (!boxes.length) return list.replaceChildren(...own)
    const mine = turn, all = await cards()
    if (mine !== turn) return
    fit = all.filter((card) => boxes.every(({ name, value }) => card[name].split(" ").includes(value)))
    shown = 0
    list.replaceChildren()
    script.say(line, fit.length, all.length)
    line.hidden = false
    await showMore()
  }

  /* Ticks of all actions; while there are none, nothing is fetched. */
  const count = async () => {
    if (!bar) return
    const prefix = script.key("", "").replace(/:$/, "")
    const ticked = Object.keys(localStorage).some((name) => name.startsWith(prefix))
    const all = ticked ? await cards() : []
    const done = all.filter(({ anchor, steps }) =>
      Array.from({ length: steps }, (_, step) => script.key(anchor.replace(/^action-/, ""), step + 1)).every(script.kept)).length
    script.say(bar.querySelector("p"), done, +bar.querySelector("progress").max)
    bar.querySelector("progress").value = done
  }

  /* actions/#action-… of a card on another page leads there. */
  const find = async () => {
    const anchor = decodeURIComponent(location.hash.slice(1))
    if (!anchor || document.getElementById(anchor)) return
    const { hash } = location, card = (await cards()).find((one) => one.anchor === anchor)
    if (card && hash === location.hash) location.replace(`${card.page}#${anchor}`)
  }

  const quietly = (does) => () => does().catch(() => {}) // without the network the page stays as it is
  document.addEventListener("change", ({ target }) => {
    if (library.contains(target)) quietly(target.matches("[type=radio]") ? show : count)()
  })
  further.addEventListener("click", quietly(showMore))
  addEventListener("hashchange", () => { quietly(find)(); if (chosen().length) quietly(show)() })
  quietly(count)()
  quietly(find)()
  document.addEventListener("DOMContentLoaded", () => { if (chosen().length) quietly(show)() }) // by the address
})()
