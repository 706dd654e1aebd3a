// More random programs than test/programs.test.ts tries, from another seed.
// By hand: `PROGRAMS=2000 npx vitest run test/programs.long.test.ts` tries more of them, `SEED=7` others, and `SHRINK=1` looks for the
// smallest program that still fails.
import { testPrograms } from "./programs/properties.ts";

testPrograms({ count: Number(process.env["PROGRAMS"] ?? 40), seed: Number(process.env["SEED"] ?? 20261128) });
