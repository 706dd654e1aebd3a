// Tests that call the parser and the elaborator directly see errors with their advice, as users of the command line and the library do.
import { loadAdvice } from "../../src/lang/advice.ts";

await loadAdvice();
