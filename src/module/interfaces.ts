// An interface as the types of a module write it.

/** `fields`: its lines. */
export function interfaceOf(name: string, doc: string, fields: readonly string[]): string {
  return [`/** ${doc} */`, `export interface ${name} {`, ...fields, "}", ""].join("\n");
}
