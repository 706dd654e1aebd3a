// The struct that holds all memory of a C file. All members are arrays of 4-byte elements, so nothing lies between them.
import type { Place } from "../../codegen/c/operands.ts";
import { BYTES, type Kind } from "../../kernel/view.ts";
import { Identifiers } from "../identifiers.ts";
import { commentText } from "./text.ts";
import { RESERVED } from "./names.ts";

interface Member {
  readonly name: string;
  readonly kind: Kind;
  count: number;
  readonly doc: string;
}

export class StateStruct {
  readonly #names = new Identifiers(RESERVED);
  readonly #members: Member[] = [];
  readonly #scratch = new Map<Kind, Member>();

  /** A new member like a name, and where it is. */
  add(name: string, kind: Kind, count: number, doc: string): Place {
    const member = this.#member(name, kind, count, doc);
    return placeOf(member, 0);
  }

  /** A place in memory that begins and steps share, `offset` elements from its beginning; the memory grows to hold `count`. */
  scratch(kind: Kind, offset: number, count: number): Place {
    const known = this.#scratch.get(kind);
    const name = kind === "int32" ? "scratch_int" : "scratch";
    const member = known ?? this.#member(name, kind, 0, "Values within one call");
    this.#scratch.set(kind, member);
    member.count = Math.max(member.count, offset + count);
    return placeOf(member, offset);
  }

  /** C has no struct without members. */
  fillIfEmpty(): void {
    if (this.#members.length === 0) this.#member("unused", "float32", 1, "Nothing is kept");
  }

  get bytes(): number {
    return this.#members.reduce((sum, { count }) => sum + BYTES * count, 0);
  }

  /** Between the braces of the struct. */
  get text(): string {
    return this.#members
      .map(({ name, kind, count, doc }) => `  ${typeOf(kind)} ${name}[${count}]; /* ${commentText(doc)} */`)
      .join("\n");
  }

  #member(name: string, kind: Kind, count: number, doc: string): Member {
    const member = { name: this.#names.fresh(name), kind, count, doc };
    this.#members.push(member);
    return member;
  }
}

function placeOf({ name, kind }: Member, offset: number): Place {
  return { type: typeOf(kind), pointer: `s->${name}`, offset };
}

export function typeOf(kind: Kind): "float" | "int32_t" {
  return kind === "int32" ? "int32_t" : "float";
}
