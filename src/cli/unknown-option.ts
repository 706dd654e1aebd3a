// What a wrong call is told beside commander's own words: the option that was meant, and where that command tells its options.
import type { Command } from "commander";

/** What other programs call ours. A word that is part of the option's name, as `batch` of `--batch-size`, needs no entry. */
const CALLED: ReadonlyMap<string, string> = new Map([
  ["learning-rate", "lr"],
  ["rate", "lr"],
  ["device", "target"],
  ["backend", "target"],
  ["gpu", "target"],
  ["cuda", "target"],
  ["iterations", "updates"],
  ["max-steps", "updates"],
  ["early-stopping", "patience"],
  ["bptt", "steps"],
  ["sequence-length", "steps"],
  ["seq-length", "steps"],
  ["input", "data"],
  ["validation", "valid"],
  ["resume-from", "resume"],
  ["continue", "resume"],
  ["force", "overwrite"],
  ["hidden", "set"],
  ["hidden-size", "set"],
  ["layers", "set"],
  ["size", "set"],
  ["max-tokens", "length"],
  ["beams", "beam"],
  ["num-beams", "beam"],
  ["tol", "tolerance"],
  ["format", "json"],
]);

/** Adds to what every command says about a wrong call. To be called when all are registered. */
export function helpWithOptions(program: Command): void {
  program.showHelpAfterError("(recurra --help tells what there is)");
  for (const command of program.commands) {
    command.showHelpAfterError(`(recurra ${command.name()} --help tells its options)`);
    command.configureOutput({ outputError: (text, write) => write(withOption(text, command)) });
  }
}

function withOption(text: string, command: Command): string {
  const [, flag] = /^error: unknown option '(--?[^']+)'/.exec(text) ?? [];
  if (flag === undefined || text.includes("Did you mean")) return text;
  const known = command.options.flatMap(({ long }) => (typeof long === "string" ? [long.replace(/^--/, "")] : []));
  const meant = optionMeant(flag.replace(/^-+/, ""), known);
  return meant === undefined
    ? text
    : `${text.trimEnd()}\n(Did you mean --${meant}${meant === "set" ? " NAME=NUMBER" : ""}?)\n`;
}

/** The one of `known` that an unknown option stands for, by what it is called elsewhere or by one of its words. */
function optionMeant(flag: string, known: readonly string[]): string | undefined {
  const name = (flag.split("=")[0] ?? "").replaceAll("_", "-").toLowerCase();
  const called = CALLED.get(name);
  if (called !== undefined && known.includes(called)) return called;
  return name.split("-").find((word) => known.includes(word));
}
