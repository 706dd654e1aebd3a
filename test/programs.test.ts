// Random programs (test/programs): cells and models made by choices of a seed, each checked for what must hold of every program.
// A few of them; test/programs.long.test.ts tries more.
import { testPrograms } from "./programs/properties.ts";

testPrograms({ count: 14, seed: 20261127 });
