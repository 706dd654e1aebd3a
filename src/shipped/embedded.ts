// The shipped library where no file can be read, as in a browser: `use … from "cells"` and `"models"`, and nothing else.
import type { Loader } from "../lang/scope.ts";
import { SHIPPED } from "./shipped.generated.ts";

export const loadEmbedded: Loader = (path) => (path === "cells" || path === "models" ? SHIPPED[path] : []);
