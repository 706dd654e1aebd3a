// How tfjs writes each op.
import { scalarOps } from "./scalar-ops.ts";
import type { OpTable } from "../source/dialect.ts";
import { axisOps } from "./axis-ops.ts";
import { leafOps } from "./leaf-ops.ts";

export const OPS: OpTable = { ...scalarOps, ...axisOps, ...leafOps };
