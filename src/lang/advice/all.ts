// What `../advice.ts` loads.
export { argumentElsewhere, initElsewhere, otherArgument, statementElsewhere } from "./elsewhere.ts";
export { calledWithTime, functionHint, indexedByTime, partHint, prefixed, valueHint } from "./hints.ts";
export { syntaxError } from "./syntax-error.ts";
