// The page's script: counts the workers that are started and leaves what it found in `said`.
import { outputs } from "./program.ts";

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

const say = (said: unknown): boolean => Reflect.set(globalThis, "said", said);
outputs().then(
  (found) => say({ ...found, workers, isIsolated: Reflect.get(globalThis, "crossOriginIsolated") === true }),
  (problem: unknown) => say(problem instanceof Error ? `${problem.message}\n${problem.stack}` : String(problem)),
);
