// The WebAssembly of a module: its memory, its kernels, and the driver that runs lists of them.
import { UserError } from "../../base/diagnostic.ts";
import { aligned } from "../../kernel/first-fit.ts";

const PAGE = 65536;

export class Machine {
  readonly #memory = new WebAssembly.Memory({ initial: 16 });
  /** Runs the list of entries at an address. */
  readonly run: (address: number) => void;
  /** The number of times that weights have changed. */
  changes = 0;
  /** Nothing stands at address 0: kernels take it for "none". */
  #end = 1024;

  /** `kernels` exports kernels by number and, last, the driver. */
  constructor(kernels: WebAssembly.Module) {
    const count = WebAssembly.Module.exports(kernels).length;
    const table = new WebAssembly.Table({ element: "anyfunc", initial: count + 1 });
    // Kernels call functions of `Math` by their names.
    const env = Object.assign(Object.create(Math), { memory: this.#memory, table });
    const functions = Object.values(new WebAssembly.Instance(kernels, { env }).exports);
    functions.forEach((each, index) => table.set(index + 1, each));
    this.run = (address) => functions[count - 1]?.(address);
  }

  /** The address of new memory. It is never freed: callers keep it and use it again. Throws a UserError where there is not enough. */
  allocate(bytes: number): number {
    const address = this.#end;
    const end = address + aligned(bytes);
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / PAGE);
    try {
      if (missing > 0) this.#memory.grow(missing);
    } catch {
      throw new UserError(`no memory for ${bytes} more bytes: give fewer examples or steps`);
    }
    this.#end = end;
    return address;
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, count);
  }
}
