// Every way to choose one value for each of some names.

/** In the order of the values, the last name's changing first. Without names there is one choice, which is empty. */
export function combinations<V>(
  choices: Iterable<readonly [name: string, values: readonly V[]]>,
): readonly ReadonlyMap<string, V>[] {
  return [...choices].reduce<readonly ReadonlyMap<string, V>[]>(
    (before, [name, values]) => before.flatMap((each) => values.map((value) => new Map([...each, [name, value]]))),
    [new Map()],
  );
}
