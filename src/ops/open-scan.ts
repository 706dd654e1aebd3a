// A scan whose body is being built: its operands, states and emitted values so far. Closing it yields two nodes.
import { fail } from "../base/invariant.ts";
import type { Node } from "../graph/node.ts";
import type { Dim } from "../shape/dim.ts";
import { SCALAR } from "../shape/type.ts";

interface State {
  readonly port: string;
  readonly initial: string;
  next: string | null;
}

export interface OpenScan {
  readonly scan: string;
  readonly time: Dim;
  readonly reverse: boolean;
  /** The port by which the body reads a node outside. */
  readonly captured: Map<string, string>;
  readonly sequences: string[];
  readonly invariants: string[];
  readonly states: State[];
  /** Emitted values with their indices. */
  readonly emitted: Map<string, number>;
}

/** A closed scan, with the final values of its states. */
export interface ClosedScan {
  readonly id: string;
  /** The node of a state's last value, by the state's port. */
  readonly final: (port: string) => string;
}

export function openScan(scan: string, time: Dim, reverse: boolean): OpenScan {
  return { scan, time, reverse, captured: new Map(), sequences: [], invariants: [], states: [], emitted: new Map() };
}

/** The scan in `region`, and the `yield` with the id `last` that ends its body. */
export function closedScan(
  open: OpenScan,
  last: string,
  region: string | null,
): { readonly scan: Node; readonly last: Node } {
  const next = open.states.map(
    (state) => state.next ?? fail("graph builder", `the state ${state.port} has no next value`),
  );
  const initials = open.states.map((state) => state.initial);
  return {
    last: {
      id: last,
      op: "yield",
      attributes: {},
      operands: [...next, ...open.emitted.keys()],
      type: SCALAR,
      region: open.scan,
    },
    scan: {
      id: open.scan,
      op: "scan",
      attributes: {
        time: open.time,
        reverse: open.reverse,
        sequences: open.sequences.length,
        states: open.states.length,
      },
      operands: [...open.sequences, ...initials, ...open.invariants],
      type: SCALAR,
      region,
    },
  };
}
