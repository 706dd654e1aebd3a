// The demo's book: Moby Dick, in the public domain, from a dev dependency.
export { mobyDickText as bookText } from "../src/datasets/moby-dick.ts";
