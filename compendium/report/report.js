// What a reader does with the report: find a place, keep it in the other language, follow a number
// to its code, take data away. All of it is made from what the page holds; nothing is fetched.
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const root = document.documentElement, main = document.getElementById("main");
  const all = (selector, within = document) =>
    [...(within.matches?.(selector) ? [within] : []), ...within.querySelectorAll(selector)];
  const one = (selector, within = document) => within.querySelector(selector);
  const byId = (id) => document.getElementById(decodeURIComponent(id.replace(/^#/, "")));
  const make = (tag, properties = {}, ...inner) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...inner);
    return made;
  };

  // Themes: the system's, until the reader chooses
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private */ } };
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const theme = one("button.theme");
  const dark = () => getComputedStyle(root).colorScheme === "dark"
    || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  if (kept("theme")) root.dataset.theme = kept("theme");
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    keep("theme", root.dataset.theme);
  });

  // A link that leads into a fold opens it
  const reveal = (id) => {
    const target = id && byId(id);
    if (!target) return;
    const folds = all("details").filter((fold) => fold.contains(target) && !fold.open);
    for (const fold of folds) fold.open = true;
    if (folds.length) target.scrollIntoView();
  };
  addEventListener("hashchange", () => reveal(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal(link.hash);
  });
  addEventListener("beforeprint", () => { for (const fold of all(".toc details")) fold.open = true; });
  reveal(location.hash);

  // Contents follow the reading position, and are folded where they would stand before the text
  const toc = one(".toc");
  const narrow = matchMedia("(max-width: 60rem)");
  const fold = () => { for (const part of all(".toc details")) part.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  const place = () => {
    const above = all("h1[id], h2[id], h3[id]", main).filter((heading) => heading.getBoundingClientRect().top < 140);
    return above.at(-1) ?? null;
  };
  let waiting = false;
  const follow = () => {
    waiting = false;
    const here = place();
    const links = toc ? all("a", toc) : [];
    let current = null; // the last entry at or before the heading
    for (const link of links) {
      const target = byId(link.hash);
      if (here && target && target.compareDocumentPosition(here) !== Node.DOCUMENT_POSITION_PRECEDING
        && !(here.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING)) current = link;
    }
    for (const link of links) {
      if (link === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
    if (current && !narrow.matches) {
      const box = toc.getBoundingClientRect(), line = current.getBoundingClientRect();
      if (line.top < box.top || line.bottom > box.bottom) toc.scrollTop += line.top - box.top - box.height / 3;
    }
  };
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(follow);
    waiting = true;
  }, { passive: true });
  follow();

  // The other language begins where this one is read
  for (const link of all("a.language")) {
    const to = () => {
      const seen = all(":is(h1, h2, h3, figure, .table, .code_cell, a)[id]", main)
        .filter((part) => part.getBoundingClientRect().top < 160);
      link.hash = seen.length ? seen.at(-1).id : "";
    };
    for (const kind of ["pointerdown", "focus", "click"]) link.addEventListener(kind, to);
  }

  // Search: headings, paragraphs, captions
  const search = one(".search input"), hits = one(".hits");
  let index = null;
  if (search) {
    const plain = (text) => text.replace(/\s+/g, " ").trim();
    const indexed = () => {
      let heading = null;
      const apart = "details, .tools, .notebook, #tip";
      return all("h1, h2, h3, p, li, figcaption, caption", main).filter((part) => !part.closest(apart)).map((part) => {
        if (/^H\d$/.test(part.tagName) && part.id) heading = part; // of methods: the function, not "Notes"
        const target = part.closest("[id]:not(main, [class~='origins'])") ?? heading;
        return { text: plain(part.textContent), heading, part, target };
      });
    };
    const found = (asked) => {
      index ??= indexed();
      const wanted = asked.toLocaleLowerCase().split(" ");
      return index.filter(({ text }) => wanted.every((word) => text.toLocaleLowerCase().includes(word)));
    };
    const excerpt = (text, word) => {
      const at = Math.max(0, text.toLocaleLowerCase().indexOf(word.toLocaleLowerCase()));
      const from = Math.max(0, at - 50), to = at + word.length;
      return [from ? "…" : "", text.slice(from, at), make("mark", {}, text.slice(at, to)),
        text.slice(to, to + 70), to + 70 < text.length ? "…" : ""];
    };
    const show = () => {
      const asked = plain(search.value);
      hits.hidden = asked.length < 2;
      if (hits.hidden) return;
      const at = found(asked);
      one("p", hits).textContent = words.hits.replace("{n}", at.length);
      one("ol", hits).replaceChildren(...at.slice(0, 40).map(({ text, heading, part, target }) => {
        const link = make("a", { href: `#${(target ?? main).id}` },
          make("small", {}, heading ? plain(heading.textContent) : ""), ...excerpt(text, asked.split(" ")[0]));
        link.addEventListener("click", () => {
          hits.hidden = true;
          setTimeout(() => {
            part.scrollIntoView({ block: "center" });
            part.tabIndex = -1;
            part.focus({ preventScroll: true });
          });
        });
        return make("li", {}, link);
      }));
    };
    search.addEventListener("input", show);
    search.addEventListener("focus", show);
    search.form.addEventListener("submit", (event) => {
      event.preventDefault();
      one("a", hits)?.click();
    });
    search.form.addEventListener("keydown", (event) => {
      const links = all("a", hits), at = links.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !hits.hidden) {
        event.preventDefault();
        (links[at + step] ?? search).focus();
      } else if (event.key === "Escape") {
        search.focus();
        hits.hidden = true;
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.target.closest("input, textarea, select")) {
        event.preventDefault();
        search.focus();
      }
    });
    document.addEventListener("focusin", (event) => { if (!search.form.contains(event.target)) hits.hidden = true; });
    document.addEventListener("pointerdown", (event) => { if (!search.form.contains(event.target)) hits.hidden = true; });
  }

  // Numbers: where one comes from, on hover and focus; every number leads to its cell
  const exhibit = (part) => part.closest("[data-code]");
  const lead = (part) => {
    for (const cell of all("[data-code] :is(td, svg text, span.value)", part)) {
      if (/\d/.test(cell.textContent) && !one("a", cell)) cell.classList.add("leads");
    }
  };
  const told = (part) => {
    const row = part.dataset.id && byId(`v-${part.dataset.id}`);
    if (!row) return [words.computed.replace("{cell}", exhibit(part).dataset.cell)];
    const [name, , cell, by, beside] = all("th, td", row);
    const computed = words.computed.replace("{cell}", cell.textContent);
    const lines = beside.innerHTML ? beside.innerHTML.split("<br>") : [];
    return [name.textContent, by.textContent ? `${computed} · ${by.textContent}` : computed, ...lines.map((line) => make("b", { innerHTML: line }).textContent)];
  };
  const tip = make("p", { id: "tip", role: "tooltip", hidden: true });
  main.append(tip);
  let of = null;
  const hide = () => {
    of?.removeAttribute("aria-describedby");
    of = null;
    tip.hidden = true;
  };
  const tell = (part) => {
    hide();
    of = part;
    if (part.matches("a")) part.setAttribute("aria-describedby", "tip");
    tip.replaceChildren(...told(part).map((line) => make("span", {}, line)));
    tip.hidden = false;
    const box = part.getBoundingClientRect(), size = tip.getBoundingClientRect();
    const left = Math.min(box.left, root.clientWidth - size.width - 8);
    const above = box.top - size.height - 6;
    tip.style.left = `${Math.max(8, left) + scrollX}px`;
    tip.style.top = `${(above > 60 ? above : box.bottom + 6) + scrollY}px`;
  };
  const number = (event) => event.target.closest?.("a.value, .leads");
  main.addEventListener("pointerover", (event) => { if (number(event)) tell(number(event)); });
  main.addEventListener("pointerout", (event) => { if (number(event) && event.relatedTarget !== tip) hide(); });
  main.addEventListener("focusin", (event) => { if (number(event)) tell(number(event)); });
  main.addEventListener("focusout", hide);
  tip.addEventListener("pointerleave", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  main.addEventListener("click", (event) => {
    const part = event.target.closest(".leads");
    if (!part || String(getSelection())) return;
    location.hash = exhibit(part).dataset.code;
    reveal(location.hash);
  });

  // Data to take away: a table as it stands, a figure's data and its drawing
  const saved = (name, kind, text) => {
    const address = URL.createObjectURL(new Blob([text], { type: kind }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  const csv = (rows) => `\ufeff${rows.map((row) => row.map((cell) => {
    const text = cell === null || cell === undefined ? "" : String(cell);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")).join("\r\n")}\r\n`;
  const comma = root.lang === "da";
  const read = (text) => { // a number as programs write it; anything else as it stands
    const given = text.replace(/\s+/g, " ").trim();
    const isNumber = comma ? /^−?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?$/ : /^−?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/;
    if (!isNumber.test(given)) return given === "–" ? "" : given;
    return given.replaceAll(comma ? "." : ",", "").replace(",", ".").replace("−", "-");
  };
  const joint = /–| to | til /;
  const tableRows = (table) => {
    const heads = all("thead th", table), rows = all("tbody tr:not(.group)", table);
    const wide = heads.map((_, i) => rows.some((row) => one(".interval", row.cells[i])));
    const grouped = Boolean(one("tr.group", table));
    const head = heads.flatMap((cell, i) => {
      const name = [...cell.childNodes].filter((node) => node.textContent.trim()).map((node) => node.textContent.trim()).join(", ");
      return wide[i] ? [name, `${name}, ${words.low}`, `${name}, ${words.high}`] : [name];
    });
    const lines = rows.map((row) => {
      const group = grouped ? [one(".group", row.parentElement)?.textContent.trim() ?? ""] : [];
      return [...group, ...[...row.cells].flatMap((cell, i) => {
        const inner = cell.cloneNode(true), interval = one(".interval", inner);
        interval?.remove();
        for (const line of all("br", inner)) line.replaceWith(" · ");
        const text = read(inner.textContent.replace(/( · )+$/, ""));
        if (!wide[i]) return [text];
        const ends = interval ? interval.textContent.split(joint).map(read) : ["", ""];
        return [text, ...ends];
      })];
    });
    return [grouped ? ["", ...head] : head, ...lines];
  };
  const offer = (box, label, name, kind, content) => {
    let tools = one(".tools", box);
    if (!tools) {
      tools = box.appendChild(make("p", { className: "tools" }));
      if (box.dataset.code && !box.nextElementSibling?.matches(".code")) {
        tools.append(make("a", { href: `#${box.dataset.code}` }, `${words.code} [${box.dataset.cell}]`));
      }
    }
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", () => saved(name, kind, content()));
    tools.append(button);
  };
  const offerTable = (box) => {
    offer(box, words.csv, `${box.id}.csv`, "text/csv", () => csv(tableRows(one("table", box))));
  };
  const offerFigure = (figure) => {
    const data = one("script.data", figure);
    if (data) {
      offer(figure, words.csv, `${figure.id}.csv`, "text/csv", () => {
        const { columns, rows } = JSON.parse(data.textContent);
        return csv([columns, ...rows]);
      });
    }
    offer(figure, words.svg, `${figure.id}.svg`, "image/svg+xml",
      () => new XMLSerializer().serializeToString(one("svg", figure)));
  };

  // A long table in groups shows one of them; the list of all numbers is filtered by a word
  const choose = (box) => {
    const groups = all("tbody", box), legend = make("legend", {}, words.choose_rows);
    const names = [words.all_rows, ...groups.map((group) => one(".group", group).textContent)];
    const choices = names.map((name, i) => {
      const input = make("input", { type: "radio", name: `${box.id}-rows`, checked: !i });
      input.addEventListener("change", () => groups.forEach((group, j) => { group.hidden = i > 0 && i !== j + 1; }));
      return make("label", {}, input, ` ${name}`);
    });
    box.prepend(make("fieldset", { className: "choice" }, legend, ...choices));
  };
  const list = byId("all-origins");
  if (list) {
    const filter = make("input", { type: "search", placeholder: words.filter });
    filter.setAttribute("aria-label", words.filter);
    filter.addEventListener("input", () => {
      const wanted = filter.value.toLocaleLowerCase();
      for (const row of all("tbody tr", list)) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
    });
    list.prepend(filter);
  }

  // What scrolls by itself can be reached by the keyboard
  const reachable = () => {
    for (const box of all(".scroll, .drawing, p:has(> math[display='block'])")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reachable);

  // What came with the page, and pieces that a preview puts in
  const dress = (part) => {
    lead(part);
    for (const box of all(".table[id]", part)) offerTable(box);
    for (const figure of all("figure[id]", part)) offerFigure(figure);
    for (const box of all(".table[data-choice]", part)) choose(box);
  };
  dress(document);
  reachable();
  document.addEventListener("pieces", (event) => {
    hide();
    event.detail.forEach(dress);
    index = null;
    reachable();
    follow();
  });
})();
