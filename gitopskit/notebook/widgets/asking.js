// A form to ask for a namespace. What is typed is checked by the kernel; asking opens a pull request, once.

function render({ model, el }) {
  const root = make("div", { class: "gk gkp gkp-asking" });
  const fields = new Map();
  const said = make("p", { role: "status", "aria-live": "polite" }, "");
  const result = make("div");
  const go = make("button", { type: "submit", class: "gkp-go", disabled: true }, "Ask for it");
  const values = () => Object.fromEntries([...fields].map(([name, field]) => [name, field.value]));
  const form = make("form", { class: "gkp-bar", "aria-label": "namespace", onsubmit: (event) => {
    event.preventDefault();
    if (!go.disabled) model.send({ type: "ask", values: values() });
  } });
  let patience;
  const check = () => {
    clearTimeout(patience);
    go.disabled = true;
    patience = setTimeout(() => model.send({ type: "check", values: values() }), 150);
  };
  const hold = (is) => { for (const field of fields.values()) field.disabled = is; };

  const told = {
    form({ fields: all, author }) {
      fields.clear();
      form.replaceChildren(...all.map(([name, words, example]) => {
        const field = make("input", { type: "text", placeholder: example, autocomplete: "off", spellcheck: "false", oninput: check });
        fields.set(name, field);
        return labelled(words, field);
      }), go);
      said.textContent = `Nothing is written yet. As ${author}.`;
    },
    checked({ problem }) {
      go.disabled = Boolean(problem);
      said.textContent = problem || "It can be asked for.";
    },
    asking() {
      hold(true);
      go.disabled = true;
      result.replaceChildren();
      said.textContent = "A plan is made, then it is asked for …";
    },
    asked({ html }) {
      hold(true);
      go.disabled = true;
      said.textContent = "It is asked for: form.pull_request";
      result.replaceChildren(ours(html));
    },
    error({ html }) {
      hold(false);
      go.disabled = false;
      said.textContent = "";
      result.replaceChildren(ours(html));
    },
  };

  root.append(make("h4", {}, "Ask for a namespace"), form, said, result);
  keepKeys(root);
  const hear = (message) => told[message.type]?.(message);
  model.on("msg:custom", hear);
  const end = begin(model, root, "No kernel answers: run the cell again to ask.");
  el.append(root);
  return () => { clearTimeout(patience); end(); model.off("msg:custom", hear); };
}

export default { render };
