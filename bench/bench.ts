// `npm run bench [-- GROUP…] [--json] [--quick] [--case TEXT,…] [--who TEXT,…]`: medians of measurements that are taken in turn within one run. See bench/README.md.
// A run of groups with `peers`, and one of `compile` or `launches` alone, replaces the rows of what it measured in bench/results.json and in
// the tables of bench/README.md, unless it is quick.
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureCharLM } from "./groups/charlm.ts";
import { measureCompiling } from "./groups/compile.ts";
import { COUNTING, countLaunches } from "./groups/launches.ts";
import { measureRuns } from "./groups/run.ts";
import { measureSteps } from "./groups/step.ts";
import { measureTraining } from "./groups/train.ts";
import { commit, machine } from "./machine.ts";
import { chosenBy, rounded, type CeilingName, type Measuring } from "./measure.ts";
import { median } from "./median.ts";
import { nativeCeilingOn } from "./native-tile.ts";
import { NO_PEERS, openPeers } from "./peers.ts";
import { RESULTS, type Results, type Row } from "./results.ts";
import { tablesOf, withTables } from "./table.ts";
import { ceilingOn } from "./tile.ts";
import { FULL, QUICK } from "./turns.ts";

const GROUPS = ["compile", "train", "run", "step", "launches", "peers"] as const;
type Group = (typeof GROUPS)[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    case: { type: "string" },
    who: { type: "string" },
  },
});
const { json: isJson, quick: isQuick } = values;
const chosen = chosenBy(values.case, values.who);
const isPart = values.case !== undefined || values.who !== undefined;
const groups = groupsOf(positionals);
/** The groups as a key: some can be measured again alone. */
const alone = [...groups].join();
const isKept = !isQuick && !isPart && (groups.has("peers") || alone === "compile" || alone === "launches");
const compileRounds = isQuick ? { warm: 2, cold: 1 } : { warm: 10, cold: 9 };
const KEPT = join(import.meta.dirname, "results.json");

/** Without names, all groups. `peers` adds peers to the other groups; alone it means train, run and step with peers. */
function groupsOf(names: readonly string[]): ReadonlySet<Group> {
  const known = GROUPS.filter((group) => names.includes(group));
  const unknown = names.find((name) => !known.some((group) => group === name));
  if (unknown !== undefined) {
    console.error(`error: there is no group \`${unknown}\`; there are ${GROUPS.join(", ")}`);
    process.exit(2);
  }
  if (known.length === 0) return new Set(GROUPS);
  return new Set(known.join() === "peers" ? (["train", "run", "step", "peers"] as const) : known);
}

/** Prints progress on standard error. */
function report(what: string): void {
  console.error(`${new Date().toLocaleTimeString("en-GB")}  ${what}`);
}

/** The stored results, with the launches counted again. */
async function withLaunches(): Promise<Results> {
  const before = kept();
  const { launches, missing } = await countLaunches(report);
  return {
    ...before,
    launches: launches ?? before.launches,
    missing: [...before.missing.filter(({ who }) => !who.startsWith(COUNTING)), ...missing],
  };
}

/** New results; rows of what was not measured stay as they are stored, and then the new rows have their commit. */
function withKept(now: Results): Results {
  const measured = new Set(now.rows.map(({ what }) => what));
  const before = kept();
  const others = before.rows.filter(({ what }) => !measured.has(what));
  if (others.length === 0) return now;
  const rows = now.rows.map((row) => ({ ...row, commit: now.commit }));
  return { ...before, rows: [...others, ...rows], problems: now.problems, launches: now.launches };
}

function kept(): Results {
  return RESULTS.parse(JSON.parse(readFileSync(KEPT, "utf8")));
}

async function measureAll(): Promise<Results> {
  const counts = [...new Set([1, 2, os.availableParallelism()])];
  const native = await Promise.all(counts.map(nativeCeilingOn));
  const ceilings = [...counts.map(ceilingOn), ...native.filter((each) => each !== undefined)];
  const measuring: Measuring = {
    budget: isQuick ? QUICK : FULL,
    chosen,
    ceilings,
    ceilingRates: new Map<CeilingName, number[]>(),
    problems: [],
  };
  const peers = groups.has("peers") ? await openPeers() : NO_PEERS;
  const rows: Row[] = [];
  if (groups.has("train")) {
    rows.push(...(await measureTraining(peers, measuring, report)));
    rows.push(...(await measureCharLM(!isQuick, measuring, report)));
  }
  if (groups.has("run")) rows.push(...(await measureRuns(peers, measuring, report)));
  if (groups.has("step")) rows.push(...(await measureSteps(peers, measuring, report)));
  peers.stop();
  if (groups.has("compile")) rows.push(...(await measureCompiling(compileRounds, report)));
  for (const { contestant } of ceilings) await contestant.dispose();
  const counted = groups.has("launches") ? await countLaunches(report) : { launches: kept().launches, missing: [] };
  return RESULTS.parse({
    machine: machine(),
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    versions: { Node: process.versions.node, V8: process.versions.v8, ...peers.versions },
    ceiling: [...measuring.ceilingRates].map(([name, rates]) => ({ name, gflops: rounded(median(rates)) })),
    missing: [...peers.missing, ...counted.missing],
    problems: measuring.problems,
    rows,
    launches: counted.launches ?? kept().launches,
  });
}

const measured = alone === "launches" && !isQuick ? await withLaunches() : await measureAll();
const results = isKept ? withKept(measured) : measured;
if (isKept) {
  const page = join(import.meta.dirname, "README.md");
  writeFileSync(KEPT, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(page, withTables(readFileSync(page, "utf8"), tablesOf(results)));
}
console.log(isJson ? JSON.stringify(results, null, 2) : tablesOf(results));
process.exit(results.problems.length === 0 ? 0 : 1);
