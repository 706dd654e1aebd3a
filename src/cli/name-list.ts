// Lists of names on the command line.

/** The names of an option such as `--show f,c,h.z`. */
export function namesIn(list: string): readonly string[] {
  return list.split(",").map((name) => name.trim());
}
