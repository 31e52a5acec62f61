// A live table. The page shows what it is told, counts ages by itself, and says every few seconds that it is still there.

const ALIVE_MS = 15000;
const MARKS = { added: { glyph: "+", light: "#00694b", dark: "#3fc598" }, changed: { glyph: "~", light: "#00558c", dark: "#6cb8ee" },
  deleted: { glyph: "−", light: "#a33b00", dark: "#f58a55" } };

function ageOf(from, now) {
  const seconds = Math.max(0, Math.round((now - Date.parse(from)) / 1000));
  if (Number.isNaN(seconds)) return "";
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

function render({ model, el }) {
  const root = make("div", { class: "gk gkp gkp-live" });
  let told = { rows: [], counts: {}, looks: {} };
  let all = [];
  let received = Date.now();

  const title = make("h4", {}, "Live view"), place = make("p", { class: "gk-soft" }), alerts = make("div", { role: "alert" });
  const said = make("p", { role: "status" }), more = make("p", { class: "gk-soft" });
  const filter = make("input", { type: "search", placeholder: "name, status …", oninput: () => list() });
  const kind = choices("kind", () => list()), namespace = choices("namespace", () => list());
  const only = make("input", { type: "checkbox", onchange: () => list() });
  const pause = make("input", { type: "checkbox", role: "switch", onchange: () => model.send({ type: "pause", on: pause.checked }) });
  const end = make("button", { type: "button", onclick: () => model.send({ type: "end" }) }, "End");
  const table = longTable("live objects", [{ name: "kind", width: "minmax(8em,1fr)", key: (row) => row.kind },
    { name: "namespace", width: "minmax(6em,1fr)", key: (row) => row.namespace || undefined }, { name: "name", width: "minmax(12em,2fr)", key: (row) => row.name },
    { name: "health", width: "9.5em", key: (row) => (row.health ? -Object.keys(told.looks).indexOf(row.health) : undefined) },
    { name: "says of itself", width: "minmax(8em,1fr)", key: (row) => row.status || undefined }, { name: "age", width: "4em" },
    { name: "since you look", width: "minmax(11em,1fr)" }], (row, line) => {
    const now = Date.parse(told.at) + Date.now() - received;
    if (row.mark === "deleted") line.classList.add("gkp-out");
    line.title = [`${row.kind} ${row.namespace}/${row.name}`, row.message].filter(Boolean).join(": ");
    const health = row.health ? status(told.looks[row.health]) : "";
    const mark = row.mark ? status(MARKS[row.mark], `${row.mark} ${ageOf(row.at, now)} ago`) : "";
    return [row.kind, row.namespace, row.name, health, row.status, row.mark === "deleted" ? "" : ageOf(row.created, now), mark];
  });

  function list() {
    const words = filter.value.trim().toLowerCase();
    table.fill(all.filter((row) => (!kind.field.value || row.kind === kind.field.value) && (!only.checked || row.mark)
      && (namespace.field.selectedIndex < 1 || row.namespace === namespace.field.value)
      && (!words || `${row.kind} ${row.namespace}/${row.name} ${row.health} ${row.status}`.toLowerCase().includes(words))));
  }

  const hear = (message) => {
    if (message.type !== "live") return;
    told = message;
    received = Date.now();
    if (message.rows) all = message.rows;
    place.textContent = message.at ? `${message.place}; last word ${message.at.slice(11, 19)} UTC; ${message.watched}` : "Looking …";
    alerts.replaceChildren(...message.alerts.map((words) => make("div", { class: "gk-note gk-bad" }, words)));
    const { there, added, changed, deleted } = message.counts;
    const state = message.over ? "Ended. " : message.paused ? "Paused: what happens meanwhile is shown when it goes on. " : "";
    said.textContent = `${state}${there} objects; since you look ${added} added, ${changed} changed, ${deleted} deleted`;
    more.textContent = message.more ? `${message.more} more objects are not shown: name kinds or namespaces` : "";
    pause.checked = message.paused;
    pause.disabled = end.disabled = message.over;
    const values = (name) => [...new Set(all.map((row) => row[name]))].sort();
    kind.fill(values("kind"));
    namespace.fill(values("namespace"));
    list();
  };

  const beside = (words, field) => make("label", {}, field, ` ${words}`);
  root.append(title, place, alerts, make("div", { class: "gkp-bar", role: "search" }, labelled("Filter", filter), labelled("Kind", kind.field),
    labelled("Namespace", namespace.field), beside("only what moved", only), beside("pause", pause), end), said, table.element, more);
  keepKeys(root);
  model.on("msg:custom", hear);
  const done = begin(model, root, "No kernel answers: run the cell again to look on.");
  const alive = setInterval(() => model.send({ type: "here" }), ALIVE_MS);
  const ages = setInterval(() => { if (!told.over) table.show(); }, 5000);
  el.append(root);
  return () => { clearInterval(alive); clearInterval(ages); done(); model.off("msg:custom", hear); };
}

export default { render };
