// Identifiers of generated code, from the names of a spec: ASCII letters, digits and `_`, whatever a spec or a checkpoint holds. Every
// generated file takes its identifiers from here. The original names appear in escaped strings or comments only.

const GREEK: Readonly<Record<string, string>> = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "epsilon",
  ϵ: "epsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  ϑ: "theta",
  ι: "iota",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  ο: "omicron",
  π: "pi",
  ρ: "rho",
  ϱ: "rho",
  σ: "sigma",
  ς: "sigma",
  τ: "tau",
  υ: "upsilon",
  φ: "phi",
  ϕ: "phi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
};

/** The longest identifier: C99 compilers need not distinguish more characters than 63 of an internal name. */
const MOST_CHARACTERS = 48;

/** A name as ASCII letters, digits and `_`, which begins with a letter: `h.f.σ` is `h_f_sigma`. Several names may give the same text. */
export function asciiName(name: string): string {
  const spelled = Array.from(name.normalize("NFC"), letter).join("");
  const plain = spelled
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "_");
  const trimmed = plain.replace(/^_+|_+$/g, "").slice(0, MOST_CHARACTERS);
  if (trimmed === "") return "x";
  return /^[0-9]/.test(trimmed) ? `x${trimmed}` : trimmed;
}

function letter(character: string): string {
  const small = character.toLowerCase();
  const spelled = GREEK[small];
  if (spelled === undefined) return character;
  return character === small ? spelled : `${spelled.charAt(0).toUpperCase()}${spelled.slice(1)}`;
}

/** One scope of identifiers: each name gets one identifier, and no two names get the same. */
export class Identifiers {
  readonly #taken: Set<string>;
  readonly #byName = new Map<string, string>();

  /** `reserved`: keywords and names that the generated file uses itself. */
  constructor(reserved: Iterable<string> = []) {
    this.#taken = new Set(reserved);
  }

  /** The identifier of a name. A name whose identifier is taken gets the next free number: `h_2`. */
  of(name: string): string {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const identifier = this.fresh(name);
    this.#byName.set(name, identifier);
    return identifier;
  }

  /** An identifier like a name, which no other name gets. */
  fresh(name: string): string {
    const plain = asciiName(name);
    let identifier = plain;
    for (let number = 2; this.#taken.has(identifier); number++) identifier = `${plain}_${number}`;
    this.#taken.add(identifier);
    return identifier;
  }
}
