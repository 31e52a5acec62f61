// Choice of a cluster. What the file says is listed; what a cluster says of itself is asked for only when somebody presses a button.

function render({ model, el }) {
  const root = make("div", { class: "gk gkp gkp-picker" });
  let chosen = "";
  const list = make("div", { class: "gkp-grid", role: "table", "aria-label": "clusters" });
  const said = make("p", { role: "status", "aria-live": "polite" }, "Nothing was contacted.");
  const identity = make("div");

  const line = (cells, ...rest) => make("div", { role: "row", class: "gkp-line" }, ...cells.map((cell) => make("span", { role: "cell" }, cell)), ...rest);

  const told = {
    clusters({ rows, sandboxes }) {
      list.replaceChildren(make("div", { role: "row", class: "gkp-line gkp-heading" },
        ...["ask", "name", "cluster", "server", "user", "credentials", "namespace"].map((name) => make("span", { role: "columnheader" }, name))),
      ...rows.map((cells, at) => line([make("button", { type: "button", "aria-label": `Ask ${cells[0]} who it is`,
        onclick: () => model.send({ type: "choose", row: at }) }, "Who is it?"), make("b", {}, cells[0]), ...cells.slice(1)])));
      if (!rows.length) said.textContent = "There is no context in the kubeconfig, and no sandbox runs.";
      else if (sandboxes.every(Boolean)) said.textContent = "There is no context in the kubeconfig; sandboxes run. Nothing was contacted.";
    },
    asking({ name }) {
      chosen = name;
      identity.replaceChildren();
      said.textContent = `Asking ${name} who it is …`;
    },
    identity({ name, rows, taken }) {
      chosen = name;
      said.textContent = taken ? `${name} is chosen: picker.target` : `${name} says:`;
      const button = make("button", { type: "button", class: "gkp-go", onclick: () => model.send({ type: "confirm", name, rows }) }, `Take ${name}`);
      identity.replaceChildren(make("dl", { class: "gkp-identity" }, ...rows.flatMap(([part, value]) => [make("dt", {}, part), make("dd", {}, value)])),
        taken ? "" : button);
      if (!taken) button.focus();
    },
    error({ html }) {
      said.textContent = "";
      identity.replaceChildren(ours(html));
    },
  };

  root.append(make("h4", {}, "Clusters"), list, said, identity);
  keepKeys(root);
  const hear = (message) => told[message.type]?.(message);
  model.on("msg:custom", hear);
  const end = begin(model, root, "No kernel answers: run the cell again to choose.");
  el.append(root);
  return () => { end(); model.off("msg:custom", hear); };
}

export default { render };
