// The page follows its sources: pieces that changed are put in, all others stay as they are, and so
// does what the reader looks at.
"use strict";
(() => {
  const bar = document.getElementById("preview"), about = JSON.parse(bar.dataset.about);
  const status = bar.querySelector("[role=status]"), alert = bar.querySelector("[role=alert]");
  document.documentElement.style.overflowAnchor = "none"; // the place is kept below

  // Where a place and its pieces are, from the comments the page came with
  const places = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
  for (let comment = walker.nextNode(), place = null; comment; comment = walker.nextNode()) {
    const text = comment.data;
    if (text.startsWith("[")) places.set(text.slice(1), place = { pieces: [], end: null });
    else if (text.startsWith("=") && place) place.pieces.push({ name: text.slice(1), mark: comment });
    else if (text === "]" && place) [place.end, place] = [comment, null];
  }
  const nodes = (piece, next) => {
    const found = [];
    for (let node = piece.mark; node && node !== next; node = node.nextSibling) found.push(node);
    return found;
  };
  const elements = (list) => list.filter((node) => node.nodeType === Node.ELEMENT_NODE);

  const main = document.getElementById("main"), TOP = 140; // below the bar
  const seen = () => { // the innermost element of a piece at the top of the view
    for (const [name, place] of places) {
      if (!main?.contains(place.end)) continue;
      for (const [at, piece] of place.pieces.entries()) {
        const own = elements(nodes(piece, place.pieces[at + 1]?.mark ?? place.end));
        const element = own.find((part) => part.getBoundingClientRect().bottom > TOP && part.getClientRects().length);
        if (element) return { name, at, element, index: own.indexOf(element), top: element.getBoundingClientRect().top };
      }
    }
    return null;
  };
  const again = (before) => { // the same element, or what stands in its place now
    if (!before || before.element.isConnected) return before?.element;
    const place = places.get(before.name), at = Math.min(before.at, place.pieces.length - 1);
    if (at < 0) return null;
    const own = elements(nodes(place.pieces[at], place.pieces[at + 1]?.mark ?? place.end));
    return own[Math.min(before.index, own.length - 1)];
  };

  const swap = (changes) => {
    const before = seen(), fresh = [];
    for (const [name, { order, new: made }] of Object.entries(changes)) {
      const place = places.get(name), parent = place.end.parentNode, old = new Map();
      place.pieces.forEach((piece, at) => {
        old.set(piece.name, { piece, at, own: nodes(piece, place.pieces[at + 1]?.mark ?? place.end) });
      });
      const kept = new Set(order), open = place.pieces.map((piece) => elements(old.get(piece.name).own).some((part) => part.open));
      for (const [key, { own }] of old) if (!kept.has(key)) own.forEach((node) => node.remove());
      let after = place.end;
      place.pieces = order.map((key) => ({ name: key, mark: null }));
      for (let at = order.length - 1; at >= 0; at -= 1) { // from the end, so that most stay in place
        let own = old.get(order[at])?.own;
        if (!own) {
          const template = document.createElement("template");
          template.innerHTML = `<!--=${order[at]}-->${made[order[at]]}`;
          own = [...template.content.childNodes];
          const parts = elements(own);
          fresh.push(...parts);
          if (open[at] && parts[0]?.tagName === "DETAILS") parts[0].open = true;
        }
        if (own.at(-1).nextSibling !== after || own[0].parentNode !== parent) own.forEach((node) => parent.insertBefore(node, after));
        [place.pieces[at].mark, after] = [own[0], own[0]];
      }
    }
    document.dispatchEvent(new CustomEvent("pieces", { detail: fresh }));
    const element = again(before);
    if (element) scrollBy({ top: element.getBoundingClientRect().top - before.top, behavior: "instant" });
    for (const part of fresh) {
      part.classList.add("swapped");
      part.addEventListener("animationend", () => part.classList.remove("swapped"), { once: true });
    }
  };

  const tell = (faults) => {
    alert.hidden = !faults.length;
    alert.replaceChildren(...faults.map((text) => Object.assign(document.createElement("pre"), { textContent: text })));
    if (faults.length) alert.append("Mend it and save: the page follows.");
  };
  const kept = `preview ${about.lang}`;
  const reload = () => {
    try { sessionStorage.setItem(kept, String(scrollY)); } catch { /* private */ }
    location.reload();
  };
  try {
    const top = sessionStorage.getItem(kept);
    if (top !== null) scrollTo({ top: Number(top), behavior: "instant" });
    sessionStorage.removeItem(kept);
  } catch { /* private */ }

  const connect = () => {
    const live = new WebSocket(`ws://${location.host}/live?lang=${about.lang}&number=${about.number}`);
    live.onmessage = ({ data }) => {
      const told = JSON.parse(data);
      if (told.reload || (told.places && told.number !== about.number + 1)) return reload();
      if (told.places) [about.number] = [told.number, swap(told.places)];
      if (told.faults) tell(told.faults);
      if ("running" in told) status.textContent = told.running;
      return undefined;
    };
    live.onclose = () => {
      status.textContent = "The preview has ended.";
      setTimeout(connect, 1000);
    };
  };
  connect();
})();
