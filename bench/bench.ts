// `npm run bench -- GROUP [--json]`: measurements, taken in turn within one run, as medians.
import os from "node:os";
import { compileTimes } from "./compile-time.ts";

const ROUNDS = 14;

const [group = "compile"] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const isJson = process.argv.includes("--json");

if (group !== "compile") {
  console.error(`error: there is no group \`${group}\`; there is compile`);
  process.exit(2);
}

const rows = await compileTimes([50, 5000], ROUNDS);
const [short, long] = rows;
const ratio = short === undefined || long === undefined ? NaN : long.total / short.total;
const machine = `${os.cpus()[0]?.model ?? "unknown"} × ${os.cpus().length}, Node ${process.version}`;
if (isJson) {
  console.log(JSON.stringify({ machine, group, rows, ratio }, null, 2));
} else {
  console.log(machine);
  console.log(
    `CharLM, H 16, tfjs-wasm: from the spec's text to steady updates, milliseconds (medians of ${ROUNDS}, in turn)`,
  );
  for (const row of rows) {
    console.log(
      `  T = ${String(row.T).padStart(5)}   compile ${row.spec.toFixed(0).padStart(5)}   first update beyond a later one ${row.first.toFixed(0).padStart(5)}   together ${row.total.toFixed(0).padStart(5)}`,
    );
  }
  console.log(`  T = 5000 beside T = 50: ${ratio.toFixed(2)}×`);
}
