// A user's error whose advice is written once for the library and once for the command line, because their options have different names.
import { UserError } from "./diagnostic.ts";

export class AdvisedError extends UserError {
  /** The message for the command line. */
  readonly onCommandLine: string;

  constructor(message: string, onCommandLine: string) {
    super(message);
    this.onCommandLine = onCommandLine;
  }
}
