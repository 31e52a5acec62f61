// How does a table of very many rows stay quick, and usable by keyboard and screen reader?
//
// Everything is sent once, by column: a list of values in their order, and for each row the place of its value in that list. So sorting
// compares small numbers, searching looks at each value once, and only the rows that can be seen are in the page. It follows the grid
// pattern of the WAI-ARIA Authoring Practices: one cell has the focus, arrows move it.
//
// The trap that shaped it: what is shown was written by others. Text enters the page as text nodes, and by nothing else.

const ROW_PX = 28;
const MARGIN_ROWS = 10;
const CELL_CHARACTERS = 160;
const CHARACTER_PX = 8;
const PADDING_PX = 18;
const MISSING = 0;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return the sheet that Python packed: a length, a head in JSON, and one array of places per column. */
async function unpack(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const start = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const sheet = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  let at = start;
  for (const column of sheet.columns) {
    const Places = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[column.bytes];
    column.places = new Places(bytes.slice(at, at + sheet.rows * column.bytes).buffer);
    at += sheet.rows * column.bytes;
  }
  return sheet;
}

function valueOf(column, row) {
  return column.values[column.places[row]];
}

/** Return for each value of a column whether the term stands in it. */
function hits(column, term) {
  column.lower ??= column.values.map((value) => value.toLowerCase());
  return column.lower.map((value) => value.includes(term));
}

/** Return the rows in which every term stands somewhere, and every filter is met. */
function matching(sheet, text, filters) {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = terms.map((term) => sheet.columns.map((column) => hits(column, term)));
  const rows = [];
  for (let row = 0; row < sheet.rows; row++) {
    const meets = [...filters].every(([at, place]) => sheet.columns[at].places[row] === place);
    if (meets && found.every((columns) => columns.some((hit, at) => hit[sheet.columns[at].places[row]]))) rows.push(row);
  }
  return rows;
}

/** Return the rows in the order of a column; those without a value come last either way. */
function sorted(rows, column, direction) {
  const groups = column.values.map(() => []);
  for (const row of rows) groups[column.places[row]].push(row);
  const [missing, ...others] = groups;
  return (direction === "descending" ? others.reverse() : others).concat([missing]).flat();
}

function counted(column) {
  const counts = new Array(column.values.length).fill(0);
  for (const place of column.places) counts[place]++;
  return counts;
}

/** Return a value as it stands in a cell or in the details: a status with its glyph in its colour, everything else as text. */
function shown(column, place, limit = Infinity) {
  const text = column.values[place];
  const look = column.looks?.[place];
  if (!look) return text.length > limit ? `${text.slice(0, limit)}…` : text;
  const badge = make("span", { class: "gk-status" }, make("i", { "aria-hidden": "true" }, look[0]), ` ${text}`);
  badge.style.setProperty("--gk-light", look[1]);
  badge.style.setProperty("--gk-dark", look[2]);
  return badge;
}

const number = new Intl.NumberFormat("en");

class Grid {
  constructor(model, root, sheet) {
    this.model = model;
    this.root = root;
    this.isSelectable = model.get("is_selectable");
    this.text = "";
    this.filters = new Map();
    this.order = { column: null, direction: "none" };
    this.active = { row: -1, column: this.first };
    this.anchor = -1;
    this.opened = -1;
    this.drawn = new Map();
    this.root.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own keys rest while the focus is in here
    this.root.classList.add("gk-table", "mathjax_ignore", "tex2jax_ignore");
    this.search = this.buildSearch();
    this.state = make("span", { role: "status", class: "gk-state" });
    this.watcher = new ResizeObserver(() => this.draw());
    this.use(sheet);
    this.listen();
  }

  /** Show these rows: at first, and again when they have changed; what somebody has typed, chosen and scrolled to stays. */
  use(sheet) {
    const kept = { focus: document.activeElement, inGrid: this.grid?.contains(document.activeElement), top: this.grid?.scrollTop ?? 0, opened: this.opened };
    const filters = [...this.filters].map(([at, place]) => [this.sheet.columns[at].label, this.sheet.columns[at].values[place]]);
    const ordered = this.order.column?.label;
    this.sheet = sheet;
    this.selected = this.chosen ?? new Set();
    this.columns = sheet.columns.filter((column) => column.shown);
    this.filters = new Map(filters.map((filter) => this.placed(filter)).filter(([at, place]) => at >= 0 && place >= 0));
    this.order.column = sheet.columns.find((column) => column.label === ordered) ?? null;
    this.build();
    this.find(kept.top);
    if (kept.opened >= 0 && kept.opened < this.rows.length) this.open(kept.opened);
    if (kept.inGrid) this.focus();
    else if (this.root.contains(kept.focus)) kept.focus.focus();
  }

  /** The rows that are selected in this sheet; nothing where the model speaks of another one. */
  get chosen() {
    const { sheet, rows } = this.model.get("selection");
    return sheet === this.sheet.generation ? new Set(rows) : null;
  }

  placed([label, value]) {
    const at = this.sheet.columns.findIndex((column) => column.label === label);
    return [at, at < 0 ? -1 : this.sheet.columns[at].values.indexOf(value)];
  }

  /** The first column by number: the boxes to select with stand before those of the sheet. */
  get first() {
    return this.isSelectable ? -1 : 0;
  }

  build() {
    const { label } = this.sheet;
    this.search.setAttribute("aria-label", `Search ${label}`);
    this.grid = make("div", { role: "grid", "aria-label": label, "aria-colcount": this.columns.length + (this.isSelectable ? 1 : 0), class: "gk-grid" });
    if (this.isSelectable) this.grid.setAttribute("aria-multiselectable", "true");
    this.head = this.buildHead();
    this.body = make("div", { role: "rowgroup", class: "gk-body" });
    this.details = make("section", { "aria-label": "Details", class: "gk-details" });
    this.details.hidden = true;
    const widths = this.columns.map(({ width }) => Math.round(width * CHARACTER_PX) + PADDING_PX);
    if (this.isSelectable) widths.unshift(32);
    this.grid.style.setProperty("--gk-columns", widths.map((width, at) => (at < widths.length - 1 ? `${width}px` : `minmax(${width}px, 1fr)`)).join(" "));
    this.grid.style.setProperty("--gk-width", `${widths.reduce((sum, width) => sum + width, 0)}px`);
    this.grid.append(make("div", { role: "rowgroup", class: "gk-head" }, this.head), this.body);
    this.root.replaceChildren(this.buildCounts(), this.buildBar(), this.grid, this.details);
    this.listenToGrid();
  }

  buildCounts() {
    const column = this.columns.find(({ looks }) => looks);
    const line = make("div", { class: "gk-totals" });
    if (!column) return line;
    counted(column).forEach((count, place) => {
      if (count && place !== MISSING) line.append(make("span", {}, shown(column, place), ` ${number.format(count)}`));
    });
    return line;
  }

  buildSearch() {
    const search = make("input", { type: "search", placeholder: "search", spellcheck: "false", autocomplete: "off" });
    search.addEventListener("input", () => {
      this.text = search.value;
      this.find();
    });
    return search;
  }

  buildBar() {
    const filters = this.sheet.columns.map((column, at) => (column.filter ? this.buildFilter(column, at) : null));
    return make("div", { class: "gk-bar" }, this.search, ...filters.filter(Boolean), this.state);
  }

  buildFilter(column, at) {
    const choice = make("select", {}, make("option", { value: "" }, "all"));
    counted(column).forEach((count, place) => {
      if (count) choice.append(make("option", { value: place }, `${column.values[place] || "(none)"} (${number.format(count)})`));
    });
    choice.value = this.filters.has(at) ? this.filters.get(at) : "";
    choice.addEventListener("change", () => {
      if (choice.value === "") this.filters.delete(at);
      else this.filters.set(at, Number(choice.value));
      this.find();
    });
    return make("label", {}, `${column.label} `, choice);
  }

  buildHead() {
    const row = make("div", { role: "row", "aria-rowindex": 1, class: "gk-row" });
    if (this.isSelectable) {
      this.all = make("input", { type: "checkbox", tabindex: "-1", "aria-label": "select all that are shown" });
      row.append(make("div", { role: "columnheader", "aria-colindex": 1, "data-column": -1, tabindex: "-1", class: "gk-cell" }, this.all));
    }
    this.columns.forEach((column, at) => {
      const mark = make("i", { "aria-hidden": "true", class: "gk-order" });
      row.append(
        make("div", { role: "columnheader", "aria-colindex": at - this.first + 1, "aria-sort": "none", "data-column": at, tabindex: "-1", class: `gk-cell${column.number ? " gk-number" : ""}` },
          make("span", {}, column.label), mark),
      );
    });
    return row;
  }

  listenToGrid() {
    this.grid.addEventListener("scroll", () => {
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = null;
        this.draw();
      });
    });
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("focusin", (event) => this.enterCell(event.target.closest("[data-column]")));
    this.watcher.disconnect();
    this.watcher.observe(this.grid);
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.followSelection = () => {
      const chosen = this.chosen;
      if (!chosen) return;
      this.selected = chosen;
      this.redraw();
    };
    this.followSheet = async () => {
      const choosing = this.root.querySelector("select:focus"); // an open list of choices would close
      if (choosing) await new Promise((left) => choosing.addEventListener("blur", left, { once: true }));
      const packed = this.model.get("sheet");
      const sheet = await unpack(packed);
      if (packed === this.model.get("sheet")) this.use(sheet); // a smaller one that came later may have been first
    };
    this.model.on("change:selection", this.followSelection);
    this.model.on("change:sheet", this.followSheet);
  }

  close() {
    this.model.off("change:selection", this.followSelection);
    this.model.off("change:sheet", this.followSheet);
    this.watcher.disconnect();
  }

  /** Look for the rows that are asked for, and show them from the first, or from where somebody was. */
  find(top = 0) {
    const rows = matching(this.sheet, this.text, this.filters);
    const { column, direction } = this.order;
    this.rows = column && direction !== "none" ? sorted(rows, column, direction) : rows;
    this.active = {
      row: Math.min(top ? this.active.row : Math.min(this.active.row, 0), this.rows.length - 1),
      column: Math.min(this.active.column, this.columns.length - 1),
    };
    this.anchor = -1;
    this.grid.setAttribute("aria-rowcount", this.rows.length + 1);
    this.body.style.height = `${Math.max(1, this.rows.length) * ROW_PX}px`;
    this.grid.scrollTop = top;
    this.open(-1);
    this.redraw();
  }

  redraw() {
    const had = this.body.contains(document.activeElement);
    this.drawn.clear();
    this.body.replaceChildren();
    this.draw();
    if (had) this.focus();
    this.say();
  }

  say(more = "") {
    const { rows, total, noun } = this.sheet;
    const cut = rows < total ? ` (the first ${number.format(rows)} of ${number.format(total)} are here)` : "";
    const parts = [this.rows.length === rows ? `${number.format(rows)} ${rows === 1 ? noun.replace(/s$/, "") : noun}${cut}` : `${number.format(this.rows.length)} of ${number.format(rows)}${cut}`];
    if (this.isSelectable) parts.push(`${number.format(this.selected.size)} selected`);
    this.state.textContent = [...parts, more].filter(Boolean).join(" · ");
    if (!this.all) return;
    const chosen = this.rows.filter((row) => this.selected.has(row)).length;
    this.all.checked = chosen > 0 && chosen === this.rows.length;
    this.all.indeterminate = chosen > 0 && chosen < this.rows.length;
  }

  /** Bring the rows that can be seen into the page, and take the others out; the one with the focus stays. */
  draw() {
    const from = Math.max(0, Math.floor(this.grid.scrollTop / ROW_PX) - MARGIN_ROWS);
    const to = Math.min(this.rows.length, from + Math.ceil(this.grid.clientHeight / ROW_PX) + 2 * MARGIN_ROWS);
    for (const [at, element] of this.drawn) {
      if ((at < from || at >= to) && at !== this.active.row) {
        element.remove();
        this.drawn.delete(at);
      }
    }
    for (let at = from; at < to; at++) this.drawRow(at);
    if (this.active.row >= 0) this.drawRow(this.active.row);
    if (!this.rows.length && !this.body.firstChild) {
      this.body.append(make("div", { role: "row", class: "gk-none" }, make("div", { role: "gridcell" }, this.sheet.rows ? "No row matches." : "There is no row.")));
    }
    this.mark();
  }

  drawRow(at) {
    if (this.drawn.has(at) || at >= this.rows.length) return;
    const row = this.rows[at];
    const element = make("div", { role: "row", "aria-rowindex": at + 2, "data-at": at, class: `gk-row${at % 2 ? " gk-odd" : ""}` });
    element.style.top = `${at * ROW_PX}px`;
    if (this.isSelectable) {
      const isSelected = this.selected.has(row);
      const box = make("input", { type: "checkbox", tabindex: "-1", "aria-label": `select row ${at + 1}` });
      box.checked = isSelected;
      element.setAttribute("aria-selected", isSelected);
      element.append(make("div", { role: "gridcell", "aria-colindex": 1, "data-column": -1, tabindex: "-1", class: "gk-cell" }, box));
    }
    this.columns.forEach((column, place) => {
      const kind = `gk-cell${column.number ? " gk-number" : ""}`;
      element.append(make("div", { role: "gridcell", "aria-colindex": place - this.first + 1, "data-column": place, tabindex: "-1", class: kind }, shown(column, column.places[row], CELL_CHARACTERS)));
    });
    this.drawn.set(at, element);
    const next = [...this.drawn].filter(([other]) => other > at).sort(([one], [other]) => one - other)[0];
    this.body.insertBefore(element, next ? next[1] : null); // a screen reader goes by the order in the page
  }

  /** Show which cell has the focus, which rows are open or selected, and the order. */
  mark() {
    for (const element of this.root.querySelectorAll("[data-column][tabindex='0']")) element.setAttribute("tabindex", "-1");
    this.cell()?.setAttribute("tabindex", "0");
    for (const [at, element] of this.drawn) element.classList.toggle("gk-opened", at === this.opened);
    for (const header of this.head.querySelectorAll("[aria-sort]")) {
      const direction = this.columns[header.dataset.column] === this.order.column ? this.order.direction : "none";
      header.setAttribute("aria-sort", direction);
      header.querySelector(".gk-order").textContent = { none: "", ascending: "▲", descending: "▼" }[direction];
    }
  }

  cell() {
    const row = this.active.row < 0 ? this.head : this.drawn.get(this.active.row);
    return row?.querySelector(`[data-column='${this.active.column}']`);
  }

  focus() {
    this.cell()?.focus({ preventScroll: true });
  }

  move(row, column) {
    this.active = {
      row: Math.max(-1, Math.min(row, this.rows.length - 1)),
      column: Math.max(this.first, Math.min(column, this.columns.length - 1)),
    };
    this.reveal();
    this.draw();
    const cell = this.cell();
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.focus();
    if (this.opened >= 0 && this.active.row >= 0) this.open(this.active.row);
  }

  /** Scroll so that the row with the focus is not behind the head or below the end. */
  reveal() {
    if (this.active.row < 0) return;
    const top = this.active.row * ROW_PX;
    const room = this.grid.clientHeight - this.head.offsetHeight - ROW_PX;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top > this.grid.scrollTop + room) this.grid.scrollTop = top - room;
  }

  sort(column) {
    if (!column) return;
    const isSame = this.order.column === column;
    const direction = isSame ? { ascending: "descending", descending: "none", none: "ascending" }[this.order.direction] : "ascending";
    this.order = { column, direction };
    this.find();
    this.say(direction === "none" ? "in the order given" : `by ${column.label}, ${direction}`);
  }

  /** Show everything there is about a row below the table; -1 shows nothing. */
  open(at) {
    this.opened = at;
    this.details.hidden = at < 0;
    this.details.replaceChildren();
    if (at < 0) return;
    const row = this.rows[at];
    const close = make("button", { type: "button" }, "Close");
    close.addEventListener("click", () => this.shut());
    const list = make("dl", { tabindex: "0", "aria-label": "values of the row" });
    for (const column of this.sheet.columns) {
      if (column.places[row] !== MISSING) {
        list.append(make("dt", {}, column.label), make("dd", { class: column.lines ? "gk-lines" : "" }, shown(column, column.places[row])));
      }
    }
    this.details.append(make("p", {}, make("span", {}, `Row ${number.format(at + 1)} of ${number.format(this.rows.length)}`), close), list);
  }

  shut() {
    this.open(-1);
    this.mark();
    this.focus();
  }

  toggleDetails(at) {
    const isOpen = this.opened === at;
    this.open(isOpen ? -1 : at);
    this.mark();
    this.say(isOpen ? "" : "details are below the table: Tab goes there, Escape closes them");
  }

  select(from, to, isSelected) {
    for (let at = Math.min(from, to); at <= Math.max(from, to); at++) {
      if (isSelected) this.selected.add(this.rows[at]);
      else this.selected.delete(this.rows[at]);
    }
    this.tell();
  }

  tell() {
    const rows = [...this.selected].sort((one, other) => one - other);
    this.model.set("selection", { sheet: this.sheet.generation, rows });
    this.model.save_changes();
    this.redraw();
  }

  toggle(at, isRange) {
    if (!this.isSelectable) return;
    if (at < 0) this.selectAll();
    else {
      const isSelected = !this.selected.has(this.rows[at]);
      this.select(isRange && this.anchor >= 0 ? this.anchor : at, at, isSelected);
      this.anchor = at;
    }
  }

  selectAll() {
    const isWhole = this.rows.every((row) => this.selected.has(row));
    if (this.rows.length) this.select(0, this.rows.length - 1, !isWhole);
  }

  /** Let the active cell be the one with the focus, however the focus came there. */
  enterCell(cell) {
    if (!cell) return;
    this.active = { row: Number(cell.parentElement.dataset.at ?? -1), column: Number(cell.dataset.column) };
    this.mark();
  }

  click(event) {
    const cell = event.target.closest("[data-column]");
    if (!cell || !this.grid.contains(cell) || !getSelection().isCollapsed) return;
    this.enterCell(cell);
    const { row: at, column } = this.active;
    if (column < 0) this.toggle(at, event.shiftKey);
    else if (at < 0) this.sort(this.columns[column]);
    else this.toggleDetails(at);
    this.focus();
  }

  key(event) {
    if (event.key === "Escape" && this.opened >= 0) {
      this.shut();
    } else if (this.grid.contains(event.target)) {
      if (!this.gridKey(event)) return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Do what a key means in the grid; return whether it means anything. */
  gridKey(event) {
    const { row, column } = this.active;
    const isControl = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW_PX) - 2);
    const moves = {
      ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
      PageDown: [row + page, column], PageUp: [Math.max(0, row - page), column],
      Home: [isControl ? 0 : row, this.first], End: [isControl ? this.rows.length - 1 : row, this.columns.length - 1],
    };
    if (event.altKey) return false;
    if (moves[event.key]) this.move(...moves[event.key]);
    else if (event.key === "a" && isControl && this.isSelectable) this.selectAll();
    else if (event.key === " " && this.isSelectable && (row >= 0 || column < 0)) this.toggle(row, event.shiftKey);
    else if (event.key === "Enter" || event.key === " ") this.enter();
    else return false;
    return true;
  }

  enter() {
    const { row, column } = this.active;
    if (row < 0 && column < 0) this.selectAll();
    else if (row < 0) {
      this.sort(this.columns[column]);
      this.focus();
    } else this.toggleDetails(row);
  }
}

export default {
  async render({ model, el }) {
    const root = make("div");
    el.append(root);
    const packed = model.get("sheet");
    const grid = new Grid(model, root, await unpack(packed));
    if (packed !== model.get("sheet")) grid.followSheet();
    return () => grid.close();
  },
};
