// What a new process takes from a spec's text to an update that is ready to run, with modules loaded but nothing warm: a character
// model of two LSTM layers with its gradient on the target wasm. `node --import tsx bench/cold.ts T` prints as JSON the
// milliseconds until all is ready, `compile`, and those of the update that comes after, `first`.
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { compileOnce } from "./compile-time.ts";

const target = await wasmTarget({ threads: 2 });
const { compile, first } = await compileOnce(target, Number(process.argv[2]), { E: 32, H: 128, layers: 2 });
console.log(JSON.stringify({ compile, first }));
