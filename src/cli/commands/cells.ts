// `recurra cells`: lists the shipped cells.
import type { Command } from "commander";
import { libraryCells, type LibraryCell } from "../library.ts";
import { print } from "../output.ts";
import { table } from "../table.ts";

const HELP = `
Classes are those of \`recurra explain\`. Weights are counted with every open size, also the input's, at 128.

Example:
  recurra cells
`;

export function register(program: Command): void {
  program
    .command("cells")
    .description('list the shipped cells, which a spec can use with `use NAME from "cells"`')
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((options: { readonly json?: boolean }) => {
      const cells = libraryCells();
      print(options.json === true ? JSON.stringify(cells, null, 2) : asText(cells));
    });
}

function asText(cells: readonly LibraryCell[]): string {
  const rows = cells.map((cell) => [
    cell.name,
    cell.class,
    String(cell.parameters).replace(/\B(?=(\d{3})+$)/g, " "),
    cell.states.length === 0 ? "none" : cell.states.join(", "),
    cell.citation ?? cell.source ?? "",
  ]);
  return table([["cell", "class", "weights", "states", "source"], ...rows]);
}
