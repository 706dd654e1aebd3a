// Runs shipped cells, ragged, on the target native (with the argument `all` every cell and model, full batches too), in a process whose compiler adds checks (see sanitized.long.test.ts).
import { nativeEngine, nativeTarget } from "../../src/targets/native/target.ts";
import { compileTogether } from "../support/native.ts";
import { shippedTask } from "../support/program-task.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { ALL_CELLS, CELLS, LAYOUTS, MODELS } from "../support/specs.ts";

const way = { threads: 2, sharedFrom: 0 };
const [layouts, specs] = process.argv.includes("all")
  ? [LAYOUTS, [...ALL_CELLS, ...MODELS]]
  : [LAYOUTS.slice(1), CELLS];
const tasks = layouts.flatMap(([, options]) => specs.map((each) => shippedTask(each, options)));
compileTogether(await nativeEngine(way), tasks);
for (const { graph, inputs, sizes } of tasks) await resultsOn(await nativeTarget(way), graph, inputs, sizes);
process.stdout.write(`${tasks.length} programs`);
