// The part of WebAssembly's JavaScript interface that we use: TypeScript declares it only for pages and their workers.
// Exports are said to be functions on numbers, because those are all that our modules export.
declare namespace WebAssembly {
  type Bytes = ArrayBuffer | Uint8Array<ArrayBuffer>;
  type Exported = (...operands: readonly number[]) => number;

  class Module {
    constructor(bytes: Bytes);
    static exports(module: Module): readonly { readonly name: string }[];
  }

  class Memory {
    constructor(size: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Table {
    constructor(size: { readonly element: "anyfunc"; readonly initial: number });
    readonly length: number;
    set(index: number, value: Exported): void;
    grow(entries: number): number;
  }

  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, Exported>>;
  }

  function validate(bytes: Bytes): boolean;
  function compile(bytes: Bytes): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
