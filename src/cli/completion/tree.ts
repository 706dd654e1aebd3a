// What can be completed, from the definition of the command line: commands, their options, and the values of each.
import type { Command, Option } from "commander";
import { TARGET_CHOICES } from "../../targets/registry.ts";
import { STAGES } from "../stages.ts";

/** What an argument or option can be completed with: one of some words, a spec file, any file, a folder, or nothing (`free`). */
export type Content =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "spec" | "file" | "folder" | "free" };

export interface CompletedOption {
  /** As it is typed: `--target`, `-o`. */
  readonly names: readonly string[];
  readonly doc: string;
  /** Its value; null for a switch. */
  readonly value: Content | null;
}

export interface CompletedCommand {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly CompletedOption[];
  /** Its arguments; null if it takes none. */
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
  if (name === "dir") return { kind: "folder" };
  return { kind: name === "data" ? "file" : "spec" };
}

function completedOption(option: Option): CompletedOption {
  const names = [option.long, option.short].filter((each) => typeof each === "string");
  return { names, doc: option.description, value: option.required || option.optional ? optionContent(option) : null };
}

/** From its choices, or from the name of the value in its help: `<file>`, `<dir>`. */
function optionContent({ long, flags, argChoices }: Option): Content {
  const words = argChoices ?? VALUES.get(long ?? "");
  if (words !== undefined) return { kind: "words", words };
  const placeholder = /<(.*)>/.exec(flags)?.[1] ?? "";
  if (placeholder.includes("dir")) return { kind: "folder" };
  return { kind: /file|\.\w+$/.test(placeholder) ? "file" : "free" };
}
