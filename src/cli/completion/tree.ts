// What can be completed, read off the command line itself: commands, their options, and what may follow each.
import type { Command, Option } from "commander";
import { TARGET_CHOICES } from "../../targets/registry.ts";
import { STAGES } from "../stages.ts";

/** What may stand at a place: one of some words, a spec file, any file, a folder, or something that nobody can guess. */
export type Content =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "spec" | "file" | "folder" | "free" };

export interface CompletedOption {
  /** `--target`, `-o`: as it is typed. */
  readonly names: readonly string[];
  readonly doc: string;
  /** What follows it; null for a switch. */
  readonly value: Content | null;
}

export interface CompletedCommand {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly CompletedOption[];
  /** What its arguments are; null where it takes none. */
  readonly argument: Content | null;
}

const VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ["--target", TARGET_CHOICES],
  ["--stage", ["list", ...STAGES.map(({ name }) => name)]],
]);

export function completionTree(program: Command): readonly CompletedCommand[] {
  const commands = program.createHelp().visibleCommands(program);
  const names = commands.map((command) => command.name());
  return commands.map((command) => {
    const isHelp = command.name() === "help";
    const argument = command.registeredArguments[0];
    return {
      name: command.name(),
      doc: command.description(),
      options: isHelp ? [] : command.createHelp().visibleOptions(command).map(completedOption),
      argument: isHelp
        ? { kind: "words", words: names }
        : argument === undefined
          ? null
          : argument.argChoices === undefined
            ? argumentContent(argument.name())
            : { kind: "words", words: argument.argChoices },
    };
  });
}

function argumentContent(name: string): Content {
  return { kind: name === "dir" ? "folder" : "spec" };
}

function completedOption(option: Option): CompletedOption {
  const names = [option.long, option.short].filter((each) => typeof each === "string");
  return { names, doc: option.description, value: option.required || option.optional ? optionContent(option) : null };
}

/** By its choices, or by how its help calls the value: `<file>`, `<dir>`. */
function optionContent({ long, flags, argChoices }: Option): Content {
  const words = argChoices ?? VALUES.get(long ?? "");
  if (words !== undefined) return { kind: "words", words };
  const placeholder = /<(.*)>/.exec(flags)?.[1] ?? "";
  if (placeholder.includes("dir")) return { kind: "folder" };
  return { kind: /file|\.\w+$/.test(placeholder) ? "file" : "free" };
}
