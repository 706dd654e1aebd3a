// Compile time in a new process, with modules loaded but no warm code: from the text of a spec to an update that is ready to run. The
// model is a character model of two LSTM layers with its gradient, on the target wasm. `node --import tsx bench/cold.ts T` prints JSON:
// the milliseconds to compile (`compile`), and those of the first update (`first`).
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { compileOnce } from "./compile-time.ts";

const target = await wasmTarget({ threads: 2 });
const { compile, first } = await compileOnce(target, Number(process.argv[2]), { E: 32, H: 128, layers: 2 });
console.log(JSON.stringify({ compile, first }));
