// Review of a plan. The page keeps what was told and what is shown; what is chosen, confirmed and applied is decided by the kernel.

function render({ model, el }) {
  const root = make("div", { class: "gk gkp gkp-review" });
  let plan = { rows: [], looks: {}, title: "", source: "" };
  let chosen = { on: new Set(), along: new Map(), blocked: new Map() };
  let run = { state: "idle" };
  let expected = { text: "" };
  let pending = null;

  const title = make("h4"), source = make("p", { class: "gk-soft" }), alerts = make("div");
  const filter = make("input", { type: "search", placeholder: "name, reason …", oninput: () => list() });
  const action = choices("action", () => list()), kind = choices("kind", () => list()), namespace = choices("namespace", () => list());
  const said = make("p", { role: "status", "aria-live": "polite" });
  const budget = make("p");
  const reasons = make("div");
  const details = make("div");
  const take = make("button", { type: "button", onclick: () => choose(seen(), true, true) }, "Choose shown");
  const leave = make("button", { type: "button", onclick: () => choose(seen(), false, true) }, "Leave out shown");
  const table = longTable("steps of the plan",
    [{ name: "take", width: "3em" }, { name: "action", width: "7.5em" }, { name: "kind", width: "minmax(8em,1fr)" },
      { name: "object", width: "minmax(12em,2fr)" }, { name: "fields", width: "5em" }, { name: "why", width: "minmax(14em,3fr)" }], draw);
  const box = make("input", { type: "text", autocomplete: "off", spellcheck: "false", oninput: () => compare(), onkeydown: (event) => {
    if (event.key === "Enter" && !go.disabled) confirm();
  } });
  const ask = make("span"), prompt = make("label", { class: "gkp-field" }, ask, box);
  const go = make("button", { type: "button", class: "gkp-go", disabled: true, onclick: () => confirm() }, "Apply");
  const confirming = make("div", { class: "gkp-bar" }, prompt, go);
  const stop = make("button", { type: "button", class: "gkp-stop", onclick: () => { stop.disabled = true; model.send({ type: "stop" }); } }, "Stop");
  const waves = make("div", { class: "gkp-waves" }), running = make("p", { role: "status", "aria-live": "polite" });
  const progress = make("div", { hidden: true }, running, waves, make("div", { class: "gkp-bar" }, stop));
  const report = make("div", { tabindex: "-1", role: "region", "aria-label": "report" });

  function matches(row) {
    const words = filter.value.trim().toLowerCase();
    return (!action.field.value || row.action === action.field.value) && (!kind.field.value || row.kind === kind.field.value)
      && (namespace.field.selectedIndex < 1 || row.namespace === namespace.field.value)
      && (!words || `${row.action} ${row.kind} ${row.namespace}/${row.name} ${row.reason}`.toLowerCase().includes(words));
  }

  const seen = () => plan.rows.filter(matches);

  function list() {
    const rows = seen();
    table.fill(rows);
    const counts = [`${rows.length} of ${plan.rows.length} rows shown`, `${chosen.on.size} of ${plan.steps ?? 0} steps chosen`];
    if (chosen.along.size) counts.push(`${chosen.along.size} of them taken along`);
    if (chosen.blocked.size) counts.push(`${chosen.blocked.size} left out for want of another`);
    if (plan.unchanged) counts.push(`${plan.unchanged} objects stay as they are`);
    said.textContent = counts.join("; ");
  }

  function draw(row, line) {
    const place = row.namespace ? `${row.namespace}/${row.name}` : row.name;
    const isOn = chosen.on.has(row.at), along = chosen.along.get(row.at), blocked = chosen.blocked.get(row.at);
    if (row.step && !isOn) line.classList.add("gkp-out");
    const check = row.step ? make("input", { type: "checkbox", "aria-label": `${row.action} ${row.kind} ${place}`, disabled: isLocked(),
      onchange: (event) => choose([row], event.target.checked, false) }) : "";
    if (check) check.checked = isOn;
    const fields = row.fields ? make("button", { type: "button", class: "gkp-link", "aria-label": `${row.fields} fields of ${row.kind} ${place}`,
      onclick: () => model.send({ type: "fields", row: row.at }) }, `${row.fields}`) : "";
    const reason = row.problem ? `cannot be applied: ${row.problem}` : along ? `taken along: ${along}` : blocked ? `left out: ${blocked}`
      : row.step && !isOn ? `left out; ${row.reason}` : row.reason;
    line.title = `${row.kind} ${place}: ${reason}`;
    return [check, status(plan.looks[row.action]), row.kind, place, fields, row.problem ? make("b", {}, reason) : reason];
  }

  const isBusy = () => ["running", "stopping", "proved"].includes(run.state);
  const isLocked = () => plan.fixed || isBusy();

  function choose(rows, on, together) {
    if (isLocked()) return;
    const places = rows.filter((row) => row.step).map((row) => row.at);
    for (const at of places) on ? chosen.on.add(at) : chosen.on.delete(at);
    expect({ text: "" });
    list();
    if (pending && (pending.on !== on || pending.together !== together)) flush();
    pending = { rows: [...(pending?.rows ?? []), ...places], on, together, timer: (clearTimeout(pending?.timer), setTimeout(flush, 120)) };
  }

  function flush() {
    if (!pending) return;
    clearTimeout(pending.timer);
    model.send({ type: "choose", rows: pending.rows, on: pending.on, together: pending.together });
    pending = null;
  }

  function expect(told) {
    expected = told;
    box.value = "";
    ask.replaceChildren();
    if (told.text) ask.append(`To apply just these ${told.steps} steps, type `, make("span", { class: "gkp-code" }, told.text));
    else ask.append(told.why ?? "…");
    compare();
  }

  function compare() {
    const typed = box.value.trim().toUpperCase(), wanted = expected.text.toUpperCase();
    const isMatch = typed === wanted || (expected.takesId && typed.length > wanted.length && expected.id.toUpperCase().startsWith(typed));
    go.disabled = isBusy() || !wanted || !isMatch;
    box.disabled = !expected.text;
  }

  function confirm() {
    const typed = box.value.trim();
    box.value = "";
    go.disabled = true;
    model.send({ type: "apply", plan: expected.id, confirm: typed });
  }

  const told = {
    plan(message) {
      const word = (number) => message.words[number];
      plan = { ...message, rows: message.rows.map(([action, kind, namespace, name, reason, problem, fields, step], at) => ({ at, action: word(action),
        kind: word(kind), namespace: word(namespace), name: word(name), reason: word(reason), problem: word(problem), fields, step })) };
      title.textContent = message.title;
      source.textContent = message.source;
      alerts.replaceChildren(...message.alerts.map((words) => make("div", { class: "gk-note gk-bad" }, words)));
      const values = (name) => [...new Set(plan.rows.map((row) => row[name]))].sort();
      action.fill(values("action")); kind.fill(values("kind")); namespace.fill(values("namespace"));
      list();
    },
    chosen(message) {
      if (pending) return;
      const why = (pairs) => new Map(pairs.map(([at, number]) => [at, message.words[number]]));
      chosen = { on: new Set(message.on), along: why(message.along), blocked: why(message.blocked) };
      const { gone, allowed, objects } = message.budget;
      budget.replaceChildren(`Deletions: ${gone} of at most ${allowed} (of ${objects} objects) `,
        make("meter", { min: 0, max: Math.max(1, allowed), value: Math.min(gone, allowed), "aria-label": "delete budget" }),
        gone > allowed ? make("b", {}, " too many: this would be refused") : "");
      const counts = [[chosen.along.size, "taken along"], [chosen.blocked.size, "left out for want of another"]].filter(([count]) => count);
      reasons.replaceChildren(...(message.because ? [make("details", {}, make("summary", {}, counts.map((one) => one.join(" ")).join(", ")),
        ours(message.because))] : []));
      list();
    },
    expected: expect,
    fields(message) {
      details.replaceChildren(make("div", { class: "gk-note" }, make("button", { type: "button", onclick: () => details.replaceChildren() }, "Close"),
        ours(message.html)));
      details.querySelector("button").focus();
    },
    run(message) {
      const before = run.state;
      run = message;
      const isOn = message.state === "running" || message.state === "stopping";
      progress.hidden = message.state === "idle";
      confirming.hidden = isOn || message.state === "proved";
      stop.hidden = !isOn;
      stop.disabled = message.state !== "running";
      running.textContent = message.words;
      waves.replaceChildren(...message.waves.flatMap((wave) => [make("span", {}, wave.name),
        make("progress", { max: Math.max(1, wave.total), value: wave.done, "aria-label": wave.name }),
        make("span", {}, `${wave.done} of ${wave.total}${wave.bad ? `, ${wave.bad} not as expected` : ""}`)]));
      for (const button of [take, leave]) button.disabled = isLocked();
      if (isOn && before !== "running" && before !== "stopping") { report.replaceChildren(); stop.focus(); }
      table.show();
      compare();
    },
    report(message) {
      report.replaceChildren(ours(message.html));
      if (message.fresh) report.focus({ preventScroll: true });
    },
  };

  root.append(title, source, alerts,
    make("div", { class: "gkp-bar", role: "search" }, labelled("Filter", filter), labelled("Action", action.field), labelled("Kind", kind.field),
      labelled("Namespace", namespace.field), take, leave),
    said, table.element, details, budget, reasons, confirming, progress, report);
  keepKeys(root);
  const hear = (message) => told[message.type]?.(message);
  model.on("msg:custom", hear);
  const end = begin(model, root, "No kernel answers: run the cell again to review the plan as it is now.");
  el.append(root);
  expect({ text: "" });
  return () => { flush(); end(); model.off("msg:custom", hear); };
}

export default { render };
