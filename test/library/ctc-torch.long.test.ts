// `by ctc` beside PyTorch's `ctc_loss`: a ragged batch whose labels also differ in number, with equal neighbours and without labels.
import { expect, test } from "vitest";
import { hasPeer, runPython } from "../support/python-peers.ts";
import { compiled } from "./models.ts";

const PROGRAM = `
import json, sys, torch
torch.set_default_dtype(torch.float64)
total = count = 0
for row in json.loads(sys.argv[1]):
    p = torch.log_softmax(torch.tensor(row["x"]), -1)[:, None]
    y = torch.tensor([row["y"]], dtype=torch.long)
    total += float(torch.nn.functional.ctc_loss(p, y, [len(p)], [len(row["y"])], blank=5, reduction="sum"))
    count += max(1, len(row["y"]))
print(total / count)
`;

test.skipIf(!hasPeer("pytorch"))(
  "the loss is that of PyTorch, divided by the labels",
  { timeout: 60_000 },
  async () => {
    const rows = [[0, 4, 4, 2], [], [3], [1, 1, 1, 1, 0]].map((y, row) => ({
      x: Array.from({ length: 3 * y.length + row + 1 }, (_, t) =>
        [0, 1, 2, 3, 4, 5].map((k) => Math.fround(2 * Math.sin(7 * t + 3 * k + row))),
      ),
      y,
    }));
    const model = await compiled(
      "model M {\n  input x: seq [6]\n  target y: seq token[5]\n  predict y from x by ctc\n}\n",
      {
        target: "reference",
      },
    );
    const { loss } = await model.evaluate({ data: rows });
    // Both are float64.
    expect(loss).toBeCloseTo(Number(await runPython("pytorch", ["-c", PROGRAM, JSON.stringify(rows)])), 10);
  },
);
