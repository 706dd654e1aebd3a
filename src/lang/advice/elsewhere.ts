// Words and signs of other languages and frameworks (PyTorch, Keras, NumPy, LaTeX, C), each with what to write instead.
// All of these are in these tables, which `../messages.ts`, `syntax-meant.ts` and `hints.ts` read.

/** Several words with one text. */
function all(words: string, text: string): readonly (readonly [string, string])[] {
  return words.split(" ").map((word) => [word, text]);
}

const LINEAR = "write `linear(x)`: it makes its own weights and bias";
const CONCAT = "write `concat(a, b)`";
const PRODUCT = "write `a @ b`";
const LOSS = "write `predict y from …`, which sets the loss; for another loss write `minimize …`";
const POWER = "write `a ^ b`";
const INITIAL = "this is an initial value: write `param W: [H, H] ~ zeros`; a state starts at 0 by default";
const FROM_CELLS = 'import it from the shipped cells: `use LSTM, GRU from "cells"`';
const LENGTH = "a size is named where it is declared: `input x: [n]`; the length of a sequence has no name";

/** Functions and values. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...all("dense Dense fc FC affine Affine proj projection fully_connected Linear", LINEAR),
  ...all("matmul mm bmm MatMul tensordot", `${PRODUCT}; for a product with its own weights write \`linear(a)\``),
  ...all("multiply mul hadamard Hadamard", "write `a * b`"),
  ...all("add plus", "write `a + b`"),
  ...all("sub subtract minus", "write `a - b`"),
  ...all("div divide", "write `a / b`"),
  ...all("pow power", POWER),
  ...all("cat concatenate Concatenate hstack vstack append join", CONCAT),
  ...all("chunk unstack unbind", "write `p, q = split(a, 2)`"),
  ...all("sigma sigm logistic expit Sigmoid sigmoide", "write `sigmoid(x)`, or `σ(x)`"),
  ...all("hard_sigmoid hardSigmoid", "write `hardsigmoid(x)`; Keras 2 and TensorFlow.js have `hardsigmoid(x, 0.2)`"),
  ...all("relu6 ReLU6", "write `clamp(x, 0, 6)`"),
  ...all("leaky_relu LeakyReLU lrelu prelu PReLU", "write `leakyrelu(x, 0.01)`"),
  ...all("swish Swish SiLU", "write `silu(x)`"),
  ...all("selu", "write `1.0507 * where(x > 0, x, 1.6733 * (exp(x) - 1))`"),
  ...all("Mish", "write `mish(x)`"),
  ...all("hard_tanh Hardtanh", "write `hardtanh(x)`"),
  ...all("ln Log", "write `log(x)`"),
  ...all("clip clip_by_value", "write `clamp(x, lo, hi)`"),
  ...all("maximum Maximum amax", "write `max(a, b)`"),
  ...all("minimum Minimum amin", "write `min(a, b)`"),
  ...all("reduce_sum Sum Σ ∑", "write `sum(x)`"),
  ...all("reduce_mean average avg Mean", "write `mean(x)`"),
  ...all("reduce_max", "write `max(x)`"),
  ...all("log_softmax LogSoftmax", "write `logsoftmax(x)`"),
  ...all("layer_norm LayerNorm LayerNormalization layerNorm", "write `layernorm(x)`"),
  ...all("one_hot oneHot", "write `onehot(k)`"),
  ...all("embedding Embedding", "write `embed(k, E)`"),
  ...all("Dropout", "write `dropout(x, 0.2)`"),
  ...all("gather take index_select", "write `lookup(table, k)`"),
  ...all("arange linspace", "write `range(n)`"),
  ...all("I_n identity_matrix", "write `eye(n)`"),
  ...all("permute swapaxes", "write `transpose(a)`, which swaps the last two axes"),
  ...all("view flatten squeeze unsqueeze expand_dims", "write `reshape(a, [m, n])`"),
  ...all("flip reversed", "write `reverse(C)(x)`, which runs the cell from right to left"),
  ...all("cond select ifelse if_else iif", "write `where(condition, a, b)`"),
  ...all("detach stop_gradient no_grad", "write `stopgradient(a)`"),
  ...all("rsqrt", "write `1 / sqrt(x)`"),
  ...all("reciprocal", "write `1 / x`"),
  ...all("fabs absolute", "write `abs(x)`"),
  ...all("square_root", "write `sqrt(x)`"),
  ...all("zeros ones normal uniform glorot orthogonal randn rand random empty full xavier", INITIAL),
  ...all("mse mse_loss cross_entropy CrossEntropyLoss MSELoss nll_loss bce", LOSS),
  ...all("len length size shape", LENGTH),
  ...all("print println printf echo", "write `output NAME`: `run` then returns the value"),
  ...all("LSTM GRU RNN", FROM_CELLS),
  ...all("LSTMCell LSTMLayer BasicLSTMCell CuDNNLSTM", `${FROM_CELLS}, then \`LSTM(H)(x)\``),
  ...all("GRUCell CuDNNGRU", `${FROM_CELLS}, then \`GRU(H)(x)\``),
  ...all(
    "SimpleRNN RNNCell VanillaRNN Elman",
    'import it from the shipped cells: `use RNN from "cells"`, then `RNN(H)(x)`',
  ),
  ...all("BiLSTM BidirectionalLSTM", "write `bidirectional(LSTM(H))(x)`"),
  ...all("Bidirectional BiRNN", "write `bidirectional(C(H))(x)`"),
  ...all("Sequential StackedRNNCells MultiRNNCell", "write `x |> A(64) |> B(32)`, or `stack(A(64), B(32))(x)`"),
  ...all("True TRUE", "write `true`"),
  ...all("False FALSE", "write `false`"),
  ...all("None null nil undefined", "remove it: an argument that is not given takes its default"),
  ...all("inf infinity Infinity nan NaN", "numbers must be finite: use a large one, such as `1e30`"),
  ...all("Pi PI", "write `pi`"),
]);

/** What to write instead of an unknown name. */
export function nameElsewhere(name: string): string | undefined {
  return NAMES.get(name);
}

/** Initial values. */
const INITS: ReadonlyMap<string, string> = new Map([
  ...all("xavier xavier_uniform glorot_uniform", "write `glorot`"),
  ...all("kaiming kaiming_normal he_normal", "write `he`"),
  ...all("gaussian randn random_normal trunc_normal", "write `normal(0.1)`"),
  ...all("rand random random_uniform", "write `uniform(-0.1, 0.1)`"),
  ...all("zero empty", "write `zeros`"),
  ...all("eye I", "write `identity`"),
]);

export function initElsewhere(name: string): string | undefined {
  return INITS.get(name) ?? NAMES.get(name);
}

/** Modules that other languages write before a function. */
const MODULES: ReadonlySet<string> = new Set(
  "torch nn F np numpy tf jnp jax lax keras layers math K self this mx flax chainer Math activations ops".split(" "),
);

export function isModuleElsewhere(name: string): boolean {
  return MODULES.has(name);
}

/** Arguments, with their names in this language. */
const ARGUMENTS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    dim: ["axis"],
    axes: ["axis"],
    dims: ["axis", "shape"],
    units: ["out", "H"],
    out_features: ["out"],
    output_size: ["out", "H"],
    output_dim: ["out", "E"],
    hidden_size: ["H"],
    hidden: ["H"],
    num_units: ["H"],
    embedding_dim: ["E"],
    use_bias: ["bias"],
    initializer: ["init"],
    kernel_initializer: ["init"],
    num_layers: ["n"],
    layers: ["n"],
    depth: ["n"],
    rate: ["p"],
    prob: ["p"],
    learning_rate: ["lr"],
    lr: ["lr"],
    alpha: ["lr"],
    eps: ["epsilon"],
    weight_decay: ["decay"],
    beta_1: ["beta1"],
    beta_2: ["beta2"],
    rho: ["decay"],
    hx: ["h"],
    h0: ["h"],
    initial_state: ["h"],
    skip: ["residual"],
    tie: ["shared"],
  }),
);

/** A known argument, for an unknown one. */
export function argumentElsewhere(name: string, known: readonly string[]): string | undefined {
  return ARGUMENTS.get(name)?.find((each) => known.includes(each));
}

/** Arguments for what is written in another way in this language. */
const OTHER_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ...all("activation nonlinearity", "apply the function: `tanh(linear(x))`"),
  ...all("num_layers", "write `stack(C(H), n)(x)`"),
  ...all("bidirectional", "write `bidirectional(C(H))(x)`"),
  ...all("dropout recurrent_dropout", "write `dropout(x, 0.2)`, or `stack(C(H), 2, dropout = 0.2)(x)`"),
  ...all("return_sequences return_state", "remove it: `h` is the sequence, and `last(h)` is its last step"),
  ...all("go_backwards", "write `reverse(C(H))(x)`"),
  ...all("input_size in_features input_dim input_shape", "remove it: it is inferred"),
  ...all("batch_first keepdim keepdims dtype name trainable", "remove it"),
]);

export function otherArgument(name: string): string | undefined {
  return OTHER_ARGUMENTS.get(name);
}

const WHERE = "there is no `if`: write `h = where(x > 0, a, b)`";
const LOOP = "an equation already runs at each step, so time needs no loop; for layers write `stack(C(H), n)`";
const NO_KEYWORD = "remove the word: `NAME = …` is an equation";
const USE = 'write `use LSTM from "cells"`';
const CELL = "write `cell NAME(H) { … }`, and apply it: `NAME(H)(x)`";
const DECLARE_PARAM = "write `param W: [H, H]`";

/** Words that statements begin with. */
const STATEMENTS: ReadonlyMap<string, string> = new Map([
  ...all("if else elif elseif unless switch match case when", WHERE),
  ...all("for while loop repeat foreach do until scan", LOOP),
  ...all("def function fn func fun class struct lambda layer module network net procedure method", CELL),
  ...all("return yield emit result", "write `output NAME`"),
  ...all("let var val auto float double int tensor Tensor local mut static def_var set", NO_KEYWORD),
  ...all("import from require include using", USE),
  ...all("print println printf echo", "write `output NAME`: `run` then returns the value"),
  ...all("hidden carry register", "write `state h: [H]`"),
  ...all("weight weights parameter parameters variable learnable", DECLARE_PARAM),
  ...all("inputs in arg feature features", "write `input x: [I]`"),
  ...all("loss objective criterion cost minimise", "write `predict y from …`, or `minimize …`"),
  ...all("outputs out", "write `output NAME`"),
  ...all("constant final", "write `const NAME = …`"),
  ...all("lr learning_rate", "set it in the optimizer: `optimizer adam(lr = 0.001)`"),
  ...all("batch_size", "write `batch 32`"),
  ...all("epoch", "write `epochs 5`"),
  ...all(
    "try with assert raise throw async await pass break continue end begin",
    "remove it: a cell is a list of equations",
  ),
]);

export function statementElsewhere(word: string): string | undefined {
  return STATEMENTS.get(word);
}

/** Signs, longest first, and operators that are words. */
const SIGNS: readonly (readonly [string, string])[] = [
  ...all("**", POWER),
  ...all("!= ≠ <>", "write `1 - (a == b)`"),
  ...all("&& & and ∧", "write `a * b`: a comparison is 1 or 0"),
  ...all("|| or ∨", "write `max(a, b)`: a comparison is 1 or 0"),
  ...all("! not ¬", "write `1 - a`: a comparison is 1 or 0"),
  ...all("//", "write `floor(a / b)`; a comment begins with `#`"),
  ...all("/* --", "a comment begins with `#`"),
  ...all("% mod", "write `mod(a, b)`"),
  ...all("? if else where", "write `where(condition, a, b)`"),
  ...all("∘ ⊛ ⨀ ⊡", "write `*` for the element-wise product"),
  ...all("⊗", "write `outer(a, b)`, or `*` for the element-wise product"),
  ...all("⊕ ‖ ++", CONCAT),
  ...all("√", "write `sqrt(x)`"),
  ...all("∑", "write `sum(x)`"),
  ...all("∏", "write `exp(sum(log(x)))` for positive numbers"),
  ...all("∞", "numbers must be finite: use a large one, such as `1e30`"),
  ...all("² ³ ⁻ ¹", "write `x^2`"),
  ...all("| ∥", "write `abs(x)`, or `norm(x)` for a vector"),
  ...all("← ≔", "write `=`"),
  ...all("$", "remove it: a spec is plain text"),
  ...all("∇ ∂", "remove the gradient: the compiler derives gradients itself"),
];

/** What to write instead of the sign or word that begins `text`. */
export function signElsewhere(text: string): string | undefined {
  const isWord = (sign: string): boolean => /^\p{L}/u.test(sign);
  return SIGNS.find(
    ([sign]) => text.startsWith(sign) && !(isWord(sign) && /^[\p{L}\p{N}_]/u.test(text.slice(sign.length))),
  )?.[1];
}

const LATEX: ReadonlyMap<string, string> = new Map([
  ...all("odot circ times cdot", "write `*` (or `⊙`)"),
  ...all("sigma", "write `sigmoid(x)`"),
  ...all("oplus", CONCAT),
  ...all("otimes", "write `outer(a, b)`"),
  ...all("sum", "write `sum(x)`"),
  ...all("sqrt", "write `sqrt(x)`"),
  ...all("frac", "write `a / b`"),
  ...all("top intercal", "write `transpose(a)`"),
]);

export function latexElsewhere(word: string): string {
  return LATEX.get(word) ?? `write \`${word === "" ? "…" : word}\` without the \`\\\``;
}
