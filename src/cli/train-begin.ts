// Builds a training run from the options of the command line: a new run, or one that continues from its folder.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../compile.ts";
import { fingerprintOf } from "../data/fingerprint.ts";
import type { SeriesShape } from "../data/series-steps.ts";
import { fileData } from "../data/data-file.ts";
import { chosenOrFirstModel, withParameters } from "../library/choose.ts";
import { openPlan, planFit, type FitData, type FitSettings } from "../library/fit-plan.ts";
import type { RunDescription } from "../checkpoint/checkpoint.ts";
import { recording } from "../checkpoint/recording.ts";
import { loadRun } from "../checkpoint/checkpoint-files.ts";
import { loaderWith } from "../shipped/specs.ts";
import { DEFAULT_TARGET } from "../targets/registry.ts";
import { refuseIncompleteRun } from "../train/complete.ts";
import { refuseOtherRun } from "./run-folder.ts";
import { beginningOf, readFirstWeights, type VectorFile } from "./train-first.ts";
import { seriesFrom, type SeriesChoice } from "./series-options.ts";
import { readSpecFile, type Given, type Included } from "./select.ts";
import { openDescription } from "./trained.ts";
import type { TrainingRun } from "./train-run.ts";

export interface BeginOptions extends Partial<Included>, SeriesChoice {
  readonly data?: string;
  readonly valid?: string;
  readonly model?: string;
  readonly target?: string;
  readonly out: string;
  readonly set: readonly Given[];
  readonly seed?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly steps?: number;
  readonly k1?: number;
  readonly k2?: number;
  readonly truncateEach?: number;
  readonly optimizer?: string;
  readonly lr?: number;
  readonly schedule?: string;
  readonly warmup?: number;
  readonly clip?: number;
  readonly clipValue?: number;
  readonly clipState?: number;
  readonly freeze?: readonly string[];
  readonly patience?: number;
  readonly saveEvery?: number;
  readonly minCount?: number;
  readonly skipBad?: boolean;
  /** A file of weights that the run begins with. */
  readonly weights?: string;
  readonly embeddings?: readonly VectorFile[];
  /** Replace the run that the folder holds. */
  readonly overwrite?: boolean;
  /** Continue although the data have changed since the run began. */
  readonly changedData?: boolean;
}

export interface Begun extends Omit<TrainingRun, "out"> {
  readonly target: string;
}

export function beginRun(file: string | undefined, options: BeginOptions): Begun {
  if (file === undefined) throw noSpec(options);
  if (options.data === undefined) throw new UserError("no data: add --data FILE, with a text or rows");
  if (options.changedData === true) throw new UserError("--changed-data is for --resume, but this run is new");
  if (options.overwrite !== true) refuseOtherRun(options.out);
  const source = readSpecFile(file);
  const loader = recording(loaderWith(options.include ?? []));
  const scope = open(source, loader.load);
  const definition = chosenOrFirstModel(scope, options.model);
  const files = {
    training: options.data,
    ...(options.valid === undefined ? {} : { validation: options.valid }),
  };
  const more = { minCount: options.minCount ?? 1, skipBad: options.skipBad === true };
  const weights = options.weights === undefined ? null : readFirstWeights(options.weights);
  const trainee = {
    ...withParameters(
      definition,
      options.set.map(({ name, value }) => [name, value] as const),
      {
        load: loader.load,
        root: source,
      },
    ),
    ...(weights?.known === undefined ? {} : { known: weights.known }),
  };
  const plan = planFit(trainee, dataIn(files, seriesFrom(options)), { ...settingsFrom(options), ...more });
  const beginning = beginningOf(plan, weights, options.embeddings ?? []);
  const { patience, saveEvery } = options;
  return {
    ...plan,
    beginning,
    // In the order of the stored header, so that a resumed run writes the same bytes.
    origin: { ...files, fingerprints: fingerprintsOf(files), ...more },
    sources: [{ name: source.name, asked: source.name, text: source.text }, ...loader.used()],
    folder: options.out,
    target: options.target ?? DEFAULT_TARGET,
    ...(patience === undefined ? {} : { patience }),
    ...(saveEvery === undefined ? {} : { saveEvery }),
  };
}

/** `--freeze e mine.rec` reads the spec as one of the names. */
function noSpec({ freeze = [] }: BeginOptions): UserError {
  const taken = freeze.find((name) => name.endsWith(".rec"));
  const help = taken === undefined ? "" : `; \`--freeze\` took ${taken} as the name of a weight: write the spec first`;
  return new UserError(`no spec: write \`recurra train FILE --data D\`${help}`);
}

const MAY_CHANGE = ["out", "target", "epochs", "set", "include", "updates", "resume", "unroll", "changedData"];

/** A resumed run keeps its settings, except those in `MAY_CHANGE`. */
export function resumeRun(file: string | undefined, options: BeginOptions): Begun {
  const { out, target, epochs, set, include = [] } = options;
  const changed = Object.keys(options).find((name) => !MAY_CHANGE.includes(name));
  if (file !== undefined || changed !== undefined || set.length > 0 || include.length > 0) {
    const what =
      file ??
      `--${(changed ?? (set.length > 0 ? "set" : "include")).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UserError(
      `${what}: a resumed run keeps its settings. With --resume, use only --out, --updates, --epochs and --target`,
    );
  }
  const stored = loadRun(out);
  const { description, run } = stored;
  const { model, settings: begun, sizes, vocabularies } = openDescription(description, out);
  refuseIncompleteRun(stored.arrays, { program: model.inference, sizes, ...begun }, out);
  const settings = epochs === undefined ? begun : { ...begun, epochs };
  const { training, validation, ...origin } = run.data;
  const files = { training, ...(validation === undefined ? {} : { validation }) };
  const fingerprints = fingerprintsOf(files);
  if (options.changedData !== true) refuseChanged(files, origin.fingerprints, fingerprints);
  const plan = openPlan(model, settings, dataIn(files, description.series), {
    ...origin,
    known: { vocabularies, sizes },
  });
  return {
    ...plan,
    origin: { ...run.data, fingerprints },
    sources: description.sources,
    folder: out,
    target: target ?? description.target,
    resumed: stored,
    ...(run.patience === undefined ? {} : { patience: run.patience }),
    ...(run.saveEvery === undefined ? {} : { saveEvery: run.saveEvery }),
  };
}

interface DataFiles {
  readonly training: string;
  readonly validation?: string;
}

function dataIn({ training, validation }: DataFiles, series: SeriesShape | undefined): FitData {
  return {
    ...(series === undefined ? {} : { series }),
    training: fileData(training),
    holdsOut: true,
    ...(validation === undefined ? {} : { validation: fileData(validation) }),
  };
}

type Fingerprints = NonNullable<RunDescription["data"]["fingerprints"]>;

function fingerprintsOf({ training, validation }: DataFiles): Fingerprints {
  return {
    training: fingerprintOf(training),
    ...(validation === undefined ? {} : { validation: fingerprintOf(validation) }),
  };
}

/** Runs of earlier versions have no fingerprints. */
function refuseChanged(files: DataFiles, before: Fingerprints | undefined, now: Fingerprints): void {
  for (const use of ["training", "validation"] as const) {
    const [old, found, path] = [before?.[use], now[use], files[use]];
    if (old === undefined || found === undefined || path === undefined || old.sha256 === found.sha256) continue;
    const how = old.size === found.size ? "the content differs" : `${old.size} bytes then, ${found.size} now`;
    throw new UserError(
      `${path}: these data have changed since the run began (${how}), so the run cannot continue as if it had not stopped. Restore the old file, or continue with the new data by --changed-data`,
    );
  }
}

/** The options of the command line as those of the library. */
function settingsFrom(options: BeginOptions): FitSettings {
  const { epochs, batch, seed, steps, k1, k2, truncateEach } = options;
  const optimizer = given<number | string>({ kind: options.optimizer, lr: options.lr });
  const schedule = given<number | string>({ kind: options.schedule, warmup: options.warmup });
  const clip = given({ norm: options.clip, value: options.clipValue, state: options.clipState });
  const { freeze = [] } = options;
  return { ...given({ epochs, batch, seed, steps, k1, k2, truncateEach }), optimizer, schedule, clip, freeze };
}

/** The entries that are not undefined. */
function given<V>(values: Readonly<Record<string, V | undefined>>): Readonly<Record<string, V>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
