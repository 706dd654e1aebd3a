// Additions to commander's message about a wrong call: a similar option, and the command that prints the help.
import type { Command } from "commander";

/** Names that other programs use, and our names. A name with a word of ours in it, as `batch` in `--batch-size`, needs no entry. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
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

/** Adds to the error messages of every command. Call it after all commands are registered. */
export function helpWithOptions(program: Command): void {
  program.showHelpAfterError("(recurra --help lists the commands)");
  for (const command of program.commands) {
    command.showHelpAfterError(`(recurra ${command.name()} --help lists its options)`);
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

/** The known option that an unknown one means: by its name in other programs, or by one of its words. */
function optionMeant(flag: string, known: readonly string[]): string | undefined {
  const name = (flag.split("=")[0] ?? "").replaceAll("_", "-").toLowerCase();
  const ours = OTHER_NAMES.get(name);
  if (ours !== undefined && known.includes(ours)) return ours;
  return name.split("-").find((word) => known.includes(word));
}
