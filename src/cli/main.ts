#!/usr/bin/env -S node --stack-size=3900
// The command line: `npm run -s recurra -- ARGS`.
// The larger stack is for Ohm, which recurses. On the default stack of Node (984 kB) a statement of some 500 operators is `too-long`.
// On this one, everything that the compiler allows can be parsed: 800 nested expressions. The library needs no option: it throws that
// CompileError.
import { commandLine } from "./command-line.ts";

await commandLine();
