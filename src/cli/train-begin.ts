// What a training run is made of, from the command line: a new one, or one that goes on from its folder.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../compile.ts";
import { isRowFile } from "../data/row-format.ts";
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import { recording } from "../module/checkpoint.ts";
import { loadRun } from "../module/checkpoint-files.ts";
import { removeAbandoned } from "../module/files.ts";
import { loaderWith } from "../module/library.ts";
import { DEFAULT_TARGET } from "../targets/open.ts";
import { openModel } from "../train/model.ts";
import { resolveSettings } from "../train/settings.ts";
import { openTrainingData } from "../train/training-data.ts";
import { chooseModel, readSpecFile, staticsFrom, type Assignment, type Included } from "./select.ts";
import { openDescription } from "./trained.ts";
import type { TrainingRun } from "./train-run.ts";

export interface BeginOptions extends Partial<Included> {
  readonly data?: string;
  readonly valid?: string;
  readonly model?: string;
  readonly target?: string;
  readonly out: string;
  readonly set: readonly Assignment[];
  readonly seed?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly steps?: number;
  readonly k1?: number;
  readonly k2?: number;
  readonly optimizer?: string;
  readonly lr?: number;
  readonly schedule?: string;
  readonly warmup?: number;
  readonly clip?: number;
  readonly clipValue?: number;
  readonly clipState?: number;
  readonly patience?: number;
  readonly saveEvery?: number;
  readonly minCount?: number;
  readonly skipBad?: boolean;
}

export interface Begun extends Omit<TrainingRun, "out"> {
  readonly target: string;
}

export function beginRun(file: string | undefined, options: BeginOptions): Begun {
  if (file === undefined) throw new UserError("which spec? `recurra train FILE --data D`");
  if (options.data === undefined) throw new UserError("no data: give a text or rows with --data FILE");
  const source = readSpecFile(file);
  const loader = recording(loaderWith(options.include ?? []));
  const scope = open(source, loader.load);
  const definition = chooseModel(scope, options.model);
  const layout = isRowFile(options.data) ? "rows" : "text";
  const model = openModel(definition, staticsFrom(definition, options.set), layout);
  const spec = model.inference.settings;
  const settings = resolveSettings(spec, overrides(options, spec), layout);
  const origin = {
    training: options.data,
    ...(options.valid === undefined ? {} : { validation: options.valid }),
    minCount: options.minCount ?? 1,
    skipBad: options.skipBad === true,
  };
  const data = openTrainingData(model, origin, settings, origin);
  const { patience, saveEvery } = options;
  return {
    model,
    settings,
    data,
    origin,
    sources: [{ name: source.name, asked: source.name, text: source.text }, ...loader.used()],
    folder: options.out,
    target: options.target ?? DEFAULT_TARGET,
    ...(patience === undefined ? {} : { patience }),
    ...(saveEvery === undefined ? {} : { saveEvery }),
  };
}

const MAY_CHANGE = ["out", "target", "epochs", "set", "include", "updates", "resume", "unroll"];

/** What a run was begun with stays: only where it runs to may be said anew. */
export function resumeRun(file: string | undefined, options: BeginOptions): Begun {
  const { out, target, epochs, set, include = [] } = options;
  const changed = Object.keys(options).find((name) => !MAY_CHANGE.includes(name));
  if (file !== undefined || changed !== undefined || set.length > 0 || include.length > 0) {
    const what =
      file ??
      `--${(changed ?? (set.length > 0 ? "set" : "include")).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UserError(
      `${what}: a run goes on with what it was begun with. With --resume give only --out, --updates, --epochs and --target`,
    );
  }
  const stored = loadRun(out);
  removeAbandoned(out);
  const { description, run } = stored;
  const { model, settings: begun, sizes, vocabularies } = openDescription(description, out);
  const settings = epochs === undefined ? begun : { ...begun, epochs };
  const { validation, ...origin } = run.data;
  const files = { ...origin, ...(validation === undefined ? {} : { validation }) };
  return {
    model,
    settings,
    data: openTrainingData(model, files, settings, { ...origin, known: { vocabularies, sizes } }),
    origin: run.data,
    sources: description.sources,
    folder: out,
    target: target ?? description.target,
    resumed: stored,
    ...(run.patience === undefined ? {} : { patience: run.patience }),
    ...(run.saveEvery === undefined ? {} : { saveEvery: run.saveEvery }),
  };
}

/** What the command line says instead of the spec. */
function overrides(options: BeginOptions, spec: TrainSettings): TrainSettings {
  const { optimizer, lr, batch, epochs, seed } = options;
  const kind = optimizer ?? spec.optimizer?.kind ?? "adam";
  const values = new Map([
    ...(kind === spec.optimizer?.kind ? spec.optimizer.values : []),
    ...(lr === undefined ? [] : [["lr", lr] as const]),
  ]);
  return {
    ...(optimizer === undefined && lr === undefined ? {} : { optimizer: { kind, values } }),
    ...scheduleOf(options, spec),
    ...truncationOf(options, spec),
    ...(batch === undefined ? {} : { batch }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(seed === undefined ? {} : { seed }),
    clip: {
      ...spec.clip,
      ...(options.clip === undefined ? {} : { norm: options.clip }),
      ...(options.clipValue === undefined ? {} : { value: options.clipValue }),
      ...(options.clipState === undefined ? {} : { state: options.clipState }),
    },
  };
}

function scheduleOf({ schedule, warmup }: BeginOptions, spec: TrainSettings): TrainSettings {
  if (schedule === undefined && warmup === undefined) return {};
  const kind = schedule ?? spec.schedule?.kind ?? "constant";
  const values = new Map(kind === spec.schedule?.kind ? spec.schedule.values : []);
  if (warmup !== undefined) values.set("warmup", warmup);
  return { schedule: { kind, values } };
}

function truncationOf({ steps, k1 = steps, k2 = steps }: BeginOptions, spec: TrainSettings): TrainSettings {
  const first = k1 ?? spec.truncate?.k1 ?? k2;
  if (first === undefined || (k1 === undefined && k2 === undefined)) return {};
  return { truncate: { k1: first, k2: k2 ?? (k1 === undefined ? first : (spec.truncate?.k2 ?? k1)) } };
}
