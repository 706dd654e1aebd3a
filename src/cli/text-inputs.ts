// Inputs and targets that are texts or labels, by their types: `seq char[V]` is a text with a vocabulary of the size V.
import type { CompiledModel } from "../library/types.ts";

export interface TextInput {
  readonly name: string;
  /** The name of its vocabulary's size, or a number. */
  readonly size: string;
}

export function textInputs({ inputs }: CompiledModel): readonly TextInput[] {
  return inputs.flatMap(({ name, type }): TextInput[] => {
    const size = /\b(?:char|word|label)\[([^\]]+)\]/.exec(type)?.[1];
    return size === undefined ? [] : [{ name, size }];
  });
}
