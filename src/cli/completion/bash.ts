// Completion for bash: one function that reads the command and the word before.
import type { CompletedCommand, Content } from "./tree.ts";

export function bashScript(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, argument, options }) => {
    const flags = options.flatMap((option) => option.names);
    return [
      `    ${name})`,
      ...(flags.length === 0
        ? []
        : [`      if [[ $word == -* ]]; then _recurra_words ${quoted(flags.join(" "))}; return; fi`]),
      `      ${reply(argument ?? { kind: "free" })} ;;`,
    ].join("\n");
  });
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ names, value }) =>
      value === null
        ? []
        : [`    ${names.map((each) => quoted(`${name} ${each}`)).join("|")}) ${reply(value)}; return ;;`],
    ),
  );
  return `# Completion of recurra for bash. To use it: source <(recurra completion bash)
_recurra_words() {
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}

# Takes compgen's options. Names may contain blanks. (mapfile is not in the old bash of macOS.)
_recurra_names() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen "$@" -- "$word"))
}

_recurra() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command="" each
  COMPREPLY=()
  # --option=value is three words.
  if [[ $word == "=" ]]; then word=""; elif [[ $before == "=" ]]; then before="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    if [[ $each != -* ]]; then command="$each"; break; fi
  done
  case "$command $before" in
${values.join("\n")}
  esac
  case "$command" in
    "") _recurra_words ${quoted([...commands.map(({ name }) => name), "--help", "--version"].join(" "))} ;;
${cases.join("\n")}
  esac
}

complete -F _recurra recurra
`;
}

function reply(content: Content): string {
  switch (content.kind) {
    case "words":
      return `_recurra_words ${quoted(content.words.join(" "))}`;
    case "spec":
      return "_recurra_names -f -X '!*.rec'; _recurra_names -d";
    case "file":
      return "_recurra_names -f";
    case "folder":
      return "_recurra_names -d";
    case "free":
      return ":";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
