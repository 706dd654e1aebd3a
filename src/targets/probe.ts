// Whether a target runs on this machine: it reports what is missing, or else is opened and computes a small product.
import { data } from "../graph/border.ts";
import { Builder } from "../ops/builder.ts";
import { symbol } from "../shape/dim.ts";
import { floatType, plain } from "../shape/type.ts";
import type { TargetRow } from "./registry.ts";
import type { Target } from "./target.ts";

export interface Probed {
  readonly name: string;
  readonly doc: string;
  readonly numbers: TargetRow["numbers"];
  readonly runs: boolean;
  /** Why it does not run; null if it runs. */
  readonly reason: string | null;
  /** How it runs here, where that depends on the machine. */
  readonly detail: string | null;
}

export async function probe(row: TargetRow): Promise<Probed> {
  const reason = row.lacks() ?? (await failureOf(row));
  const detail = reason === null ? ((await row.detail?.()) ?? null) : null;
  return { name: row.name, doc: row.doc, numbers: row.numbers, runs: reason === null, reason, detail };
}

export interface Chosen {
  readonly name: string;
  /** The targets that were tried before, each with the reason against it. */
  readonly against: readonly { readonly name: string; readonly reason: string }[];
}

/** Returns the first target that computes on a GPU of this machine, or else the first fast one that runs, or `otherwise`. */
export async function choose(rows: readonly TargetRow[], otherwise: string): Promise<Chosen> {
  const against: { readonly name: string; readonly reason: string }[] = [];
  const onGpu = rows.filter(({ lacksGpu }) => lacksGpu !== undefined);
  for (const row of [...onGpu, ...rows.filter(({ isFast }) => isFast)]) {
    const reason = (await probe(row)).reason ?? (await row.lacksGpu?.()) ?? null;
    if (reason === null) return { name: row.name, against };
    against.push({ name: row.name, reason });
  }
  return { name: otherwise, against };
}

/** The first line of the error, or null. */
async function failureOf(row: TargetRow): Promise<string | null> {
  try {
    const data = await row.open(trial);
    return data.join() === "3,7" ? null : `it computes [1, 2; 3, 4] · [1, 1] as [${data.join(", ")}]`;
  } catch (problem) {
    const message = problem instanceof Error ? problem.message : String(problem);
    return message.replace(/^internal: /, "").split("\n")[0] ?? message;
  }
}

/** Computes [1, 2; 3, 4] · [1, 1] on a target. */
async function trial<T>(target: Target<T>): Promise<readonly number[]> {
  const build = new Builder();
  const size = plain(symbol("N"));
  const matrix = build.input(data("matrix"), floatType([size, size]));
  const column = build.input(data("column"), floatType([size]));
  const product = build.op("contract", [matrix, column], { left: "ij", right: "j", out: "i" });
  const executable = target.compile(build.finish("trial", new Map([["product", product]])));
  const inputs = new Map([
    ["matrix", target.upload({ dtype: "float", shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) })],
    ["column", target.upload({ dtype: "float", shape: [2], data: Float64Array.of(1, 1) })],
  ]);
  const results = executable.run(inputs, new Map([["N", 2]]));
  const numbers: number[] = [];
  for (const result of results.values()) numbers.push(...(await target.download(result)).data);
  for (const tensor of [...inputs.values(), ...results.values()]) target.dispose(tensor);
  return numbers;
}
