// The page's own script: a button that measures, a table that fills, and a button that copies the results as JSON. `recurra` is set by
// measure.ts. It is JavaScript, because the types of this project are Node's.
const { adapterName, measure, CASES } = globalThis.recurra;
const asked = new URLSearchParams(location.search).get("sizes");
const sizes = Object.hasOwn(CASES, asked ?? "") ? asked : "usual";

const part = (id) => document.querySelector(`#${id}`);
const [start, copy, said, json] = [part("start"), part("copy"), part("said"), part("json")];

function show(rows) {
  part("rows").replaceChildren(
    ...rows.map(({ case: name, who, ms, ratio, samples }) => {
      const row = document.createElement("tr");
      for (const text of [name, who, ms.toFixed(2), `${ratio.toFixed(2)} ×`, samples]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    }),
  );
}

function refuse(problem) {
  said.textContent = problem.message;
  document.title = "failed";
}

async function run() {
  start.disabled = true;
  const results = await measure(sizes, (what, rows) => {
    said.textContent = `Measuring ${what} …`;
    show(rows);
  });
  show(results.rows);
  json.textContent = JSON.stringify(results, null, 2);
  said.textContent = "All cases are measured.";
  copy.disabled = false;
  document.title = "done";
}

async function copied() {
  await navigator.clipboard.writeText(json.textContent);
  copy.textContent = "Copied";
}

start.addEventListener("click", () => run().catch(refuse));
copy.addEventListener("click", () =>
  copied().catch(() => (said.textContent = "This page may not write to the clipboard: take the text under JSON.")),
);
adapterName().then((name) => {
  part("adapter").textContent = name;
  said.textContent = `${CASES[sizes].length} cases, about a minute on a GPU.`;
}, refuse);
