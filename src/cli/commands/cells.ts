// `recurra cells`: lists the shipped cells.
import type { Command } from "commander";
import { libraryCells, type LibraryCell } from "../library.ts";
import { print } from "../output.ts";
import { table } from "../table.ts";

const HELP = `
Classes are those of \`recurra explain\`. Weights are counted with every open size, also the input's, at 128.

Examples:
  recurra cells
  recurra cells --search attention
  recurra cells --search "et al. 2018"
`;

interface Options {
  readonly json?: boolean;
  readonly search?: string;
}

export function register(program: Command): void {
  program
    .command("cells")
    .description('list the shipped cells, which a spec can use with `use NAME from "cells"`')
    .option("--search <text>", "only cells with this text in their name, family, description or paper")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(({ json, search }: Options) => {
      const cells = libraryCells(search);
      if (json === true) print(JSON.stringify(cells, null, 2));
      else print(cells.length === 0 ? `no shipped cell has \`${search ?? ""}\` in its description` : asText(cells));
    });
}

/** One table, with a line for each family before its cells. */
function asText(cells: readonly LibraryCell[]): string {
  const rows = cells.map((cell) => [
    cell.name,
    cell.class,
    String(cell.weights).replace(/\B(?=(\d{3})+$)/g, " "),
    cell.parameters.join(", "),
    cell.states.length === 0 ? "none" : cell.states.join(", "),
    cell.citation ?? cell.source ?? "",
  ]);
  const [heading = "", ...lines] = table([
    ["cell", "class", "weights", "parameters", "states", "source"],
    ...rows,
  ]).split("\n");
  const withFamilies = lines.flatMap((line, index) => {
    const family = cells[index]?.family ?? "";
    return family === cells[index - 1]?.family ? [line] : ["", family, line];
  });
  return [heading, ...withFamilies].join("\n");
}
