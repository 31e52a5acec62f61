// What every panel needs of a page: elements whose text is never markup, labelled fields, and a long table that draws what is seen.

function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

function labelled(words, field) {
  return make("label", { class: "gkp-field" }, make("span", { class: "gk-soft" }, words), field);
}

function choices(words, onchange) {
  const field = make("select", { onchange });
  const fill = (values) => {
    const before = field.value;
    field.replaceChildren(make("option", { value: "" }, `all ${words}s`), ...values.map((one) => make("option", { value: one }, one || "(cluster)")));
    field.value = values.includes(before) ? before : "";
  };
  fill([]);
  return { field, fill };
}

function status(look, words) {
  return make("span", { class: "gkp-status", style: `--gkp-light:${look.light};--gkp-dark:${look.dark}` },
    make("i", { "aria-hidden": "true" }, look.glyph), ` ${words ?? look.word}`);
}

// Our own views' HTML, escaped where it was made.
function ours(html) {
  const holder = make("div");
  holder.innerHTML = html;
  return holder;
}

const ROW = 30;

const TURNS = { none: "ascending", ascending: "descending", descending: "none" };
const ARROWS = { none: "", ascending: " ▲", descending: " ▼" };

// A table of any length; `draw(row)` returns the cells of one row, `head` names and sizes the columns, and by its `key(row)`
// one is sorted: rows without a key come last either way.
function longTable(label, head, draw) {
  const columns = head.map((one) => one.width).join(" ");
  const order = { column: undefined, turn: "none" };
  const heads = head.map((one) => {
    const arrow = make("i", { "aria-hidden": "true" });
    const name = one.key ? make("button", { type: "button", class: "gkp-link", onclick: () => sort(one) }, one.name, arrow) : one.name;
    return { one, arrow, cell: make("span", { role: "columnheader", "aria-sort": one.key && "none" }, name) };
  });
  const body = make("div", { class: "gkp-rows", role: "rowgroup" });
  const scroller = make("div", { class: "gkp-scroll", tabindex: "0", role: "table", "aria-label": label },
    make("div", { role: "rowgroup" }, make("div", { class: "gkp-row gkp-head", role: "row", style: `grid-template-columns:${columns}` },
      ...heads.map(({ cell }) => cell))), body);
  let given = [], rows = [];
  const arrange = () => {
    const sign = order.turn === "descending" ? -1 : 1;
    const compare = (one, other) => {
      const [a, b] = [order.column.key(one), order.column.key(other)];
      return a === undefined || b === undefined ? (a === undefined) - (b === undefined) : sign * ((a > b) - (a < b));
    };
    rows = order.turn === "none" ? given : [...given].sort(compare);
    show();
  };
  const sort = (column) => {
    Object.assign(order, { column, turn: TURNS[order.column === column ? order.turn : "none"] });
    for (const { one, arrow, cell } of heads.filter(({ one }) => one.key)) {
      const turn = one === column ? order.turn : "none";
      cell.setAttribute("aria-sort", turn);
      arrow.textContent = ARROWS[turn];
    }
    scroller.scrollTop = 0;
    arrange();
  };
  const show = () => {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - 4);
    const last = Math.min(rows.length, first + Math.ceil((scroller.clientHeight || 360) / ROW) + 10);
    const focused = body.contains(document.activeElement) ? document.activeElement.closest("[data-at]")?.dataset.at : undefined;
    body.style.height = `${rows.length * ROW}px`;
    body.replaceChildren(...rows.slice(first, last).map((row, at) => {
      const place = first + at;
      const line = make("div", { class: "gkp-row", role: "row", "aria-rowindex": place + 2, "data-at": place,
        style: `grid-template-columns:${columns};top:${place * ROW}px` });
      line.append(...draw(row, line).map((cell) => make("span", { role: "cell" }, cell)));
      return line;
    }));
    if (focused !== undefined) focus(Number(focused));
  };
  const focus = (place) => body.querySelector(`[data-at="${place}"] :is(input,button)`)?.focus({ preventScroll: true });
  const move = (place) => {
    if (place < 0 || place >= rows.length) return;
    const top = place * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    if (top + 2 * ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + 2 * ROW - scroller.clientHeight;
    show();
    focus(place);
  };
  body.addEventListener("keydown", (event) => {
    const place = Number(event.target.closest("[data-at]")?.dataset.at);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (steps === undefined || Number.isNaN(place)) return;
    event.preventDefault();
    event.stopPropagation();
    move(Math.min(rows.length - 1, Math.max(0, place + steps)));
  });
  scroller.addEventListener("scroll", show);
  return { element: scroller, show, fill: (all) => { given = all; scroller.setAttribute("aria-rowcount", all.length + 1); arrange(); } };
}

// Keys that are typed into a panel are not the notebook's.
function keepKeys(root) {
  root.addEventListener("keydown", (event) => event.stopPropagation());
}

// Nobody may be there: a page that was opened again without its kernel.
function begin(model, root, words) {
  const lost = make("p", { class: "gk-soft gkp-lost", role: "status" }, "");
  root.append(lost);
  root.classList.add("gkp-waiting", "mathjax_ignore", "tex2jax_ignore");
  const patience = setTimeout(() => { lost.textContent = words; }, 4000);
  const heard = () => { clearTimeout(patience); lost.remove(); root.classList.remove("gkp-waiting"); };
  model.on("msg:custom", heard);
  model.send({ type: "ready" });
  return () => { clearTimeout(patience); model.off("msg:custom", heard); };
}
