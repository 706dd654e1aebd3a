// A kernel in C: its text under the name that a library gives it, or the name of one that each library has.

export type NativeKernel =
  | { readonly kind: "shared"; readonly name: string }
  | { readonly kind: "generated"; readonly text: (name: string) => string };

/** Lines of a body, two spaces deeper. */
export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** A loop that counts an argument down. */
export function repeated(name: string, times: string, body: readonly string[]): readonly string[] {
  return [`for (long ${name} = ${times}; ${name} > 0; ${name}--) {`, ...indented(body), "}"];
}
