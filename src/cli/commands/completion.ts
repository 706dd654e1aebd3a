// `recurra completion SHELL`: a script that completes commands, options, targets and spec files in a shell.
import { Argument, type Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { completionTree, type CompletedCommand } from "../completion/tree.ts";
import { zshScript } from "../completion/zsh.ts";
import { print } from "../output.ts";

const SCRIPTS: ReadonlyMap<string, (commands: readonly CompletedCommand[]) => string> = new Map([
  ["bash", bashScript],
  ["zsh", zshScript],
  ["fish", fishScript],
]);

const HELP = `
Examples:
  source <(recurra completion bash)
  recurra completion zsh > ~/.zfunc/_recurra
  recurra completion fish > ~/.config/fish/completions/recurra.fish
`;

export function register(program: Command): void {
  program
    .command("completion")
    .description("print a script that completes commands, options and files in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices([...SCRIPTS.keys()]))
    .addHelpText("after", HELP)
    .action((shell: string) => print(SCRIPTS.get(shell)?.(completionTree(program)) ?? ""));
}
