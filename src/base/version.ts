// Which Recurra this is, for the first line of generated files. `npm run build` puts the commit in.

/** As package.json says; a test compares them. */
export const VERSION = "0.1.0";
/** Null in a checkout, where files may differ from any commit. */
export const COMMIT: string | null = null;
