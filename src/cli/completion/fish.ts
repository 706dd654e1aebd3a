// Completion for fish: one `complete` for each command and each of its options.
import type { CompletedCommand, CompletedOption, Content } from "./tree.ts";

export function fishScript(commands: readonly CompletedCommand[]): string {
  const first = commands.map(
    ({ name, doc }) => `complete -c recurra -n __fish_use_subcommand -f -a ${name} -d ${quoted(doc)}`,
  );
  const rest = commands.flatMap((command) => {
    const condition = `complete -c recurra -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
    const words = command.argument === null ? "" : content(command.argument);
    return [`${condition} -f${words}`, ...command.options.map((option) => condition + optionText(option))];
  });
  return [
    "# Completion of recurra for fish. To use it: recurra completion fish | source",
    "complete -c recurra -f",
    ...first,
    ...rest,
    "",
  ].join("\n");
}

function optionText({ names, doc, value }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  return `${flags.join("")} -d ${quoted(doc)}${value === null ? "" : value.kind === "file" ? " -r -F" : ` -x${content(value)}`}`;
}

function content(what: Content): string {
  switch (what.kind) {
    case "words":
      return ` -a ${quoted(what.words.join(" "))}`;
    case "spec":
      return ` -a '(__fish_complete_suffix .rec)'`;
    case "file":
      return " -a '(__fish_complete_path)'";
    case "folder":
      return ` -a '(__fish_complete_directories)'`;
    case "free":
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
