// Loads the shipped library where files cannot be read, as in a browser: only `use … from "cells"` and `from "models"`.
import type { Loader } from "../lang/scope.ts";
import { SHIPPED } from "./shipped.generated.ts";

export const loadEmbedded: Loader = (path) => (path === "cells" || path === "models" ? SHIPPED[path] : []);
