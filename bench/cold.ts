// Compile time in a new process, with modules loaded but no warm code: from the text of a spec to an update that is ready to run. The
// model is a character model of two LSTM layers with its gradient. `node --import ts-blank-space/register bench/cold.ts T TARGET`, for the targets wasm and
// native, prints JSON: the milliseconds to compile (`compile`), and those of the first update (`first`). For native, to open the target is
// part of compiling: what all its models share is compiled then, if it is not in the cache.
import { nativeTarget } from "../src/targets/native/target.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { compileOnce } from "./compile-time.ts";

const SIZES = { E: 32, H: 128, layers: 2 };
const [length, name] = [Number(process.argv[2]), process.argv[3]];

async function onNative(): ReturnType<typeof compileOnce> {
  const start = performance.now();
  const target = await nativeTarget({ threads: 2 });
  const opened = performance.now() - start;
  const { compile, ...rest } = await compileOnce(target, length, SIZES);
  return { ...rest, compile: opened + compile };
}

const { compile, first } = await (name === "native"
  ? onNative()
  : compileOnce(await wasmTarget({ threads: 2 }), length, SIZES));
console.log(JSON.stringify({ compile, first }));
