// Completion for zsh: `_describe` for commands, `_arguments` for their arguments.
import type { CompletedCommand, CompletedOption, Content } from "./tree.ts";

export function zshScript(commands: readonly CompletedCommand[]): string {
  const list = commands.map(({ name, doc }) => `    ${quoted(`${name}:${doc.replaceAll(":", "\\:")}`)}`);
  const cases = commands.map(({ name, options, argument }) => {
    const specs = [...options.map(optionSpec), ...(argument === null ? [] : [`'*:${action(argument)}'`])];
    return `    ${name}) _arguments${specs.map((spec) => ` \\\n      ${spec}`).join("")} ;;`;
  });
  return `#compdef recurra
# Completion of recurra for zsh. To use it: source <(recurra completion zsh), after compinit.
_recurra() {
  local -a commands
  commands=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
  esac
}

compdef _recurra recurra
`;
}

/** `{-o,--out}'[doc]:value:_files'`. */
function optionSpec({ names, doc, value }: CompletedOption): string {
  const text = `[${doc.replace(/[[\]\\]/g, "\\$&")}]${value === null ? "" : `:${action(value)}`}`;
  const [only = ""] = names;
  return names.length === 1 ? quoted(`${only}${text}`) : `{${names.join(",")}}${quoted(text)}`;
}

/** The name of the value, and how it is completed. */
function action(content: Content): string {
  switch (content.kind) {
    case "words":
      return `word:(${content.words.join(" ")})`;
    case "spec":
      return 'spec file:_files -g "*.rec"';
    case "file":
      return "file:_files";
    case "folder":
      return "folder:_files -/";
    case "free":
      return "value:";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
