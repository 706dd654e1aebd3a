// The page's script: counts the workers that are started and leaves what it found in `said`.
import { outputs, WIDE } from "./program.ts";

const PageWorker: new (url: string) => object = Reflect.get(globalThis, "Worker");
let workers = 0;
Reflect.set(
  globalThis,
  "Worker",
  new Proxy(PageWorker, {
    construct(target, [url]: [string]) {
      workers += 1;
      return new target(url);
    },
  }),
);

function cores(): number {
  const navigator: { readonly hardwareConcurrency: number } | undefined = Reflect.get(globalThis, "navigator");
  return navigator?.hardwareConcurrency ?? 1;
}

const say = (said: unknown): boolean => Reflect.set(globalThis, "said", said);
outputs(WIDE).then(
  (found) =>
    say({ ...found, cores: cores(), workers, isIsolated: Reflect.get(globalThis, "crossOriginIsolated") === true }),
  (problem: unknown) => say(problem instanceof Error ? `${problem.message}\n${problem.stack}` : String(problem)),
);
