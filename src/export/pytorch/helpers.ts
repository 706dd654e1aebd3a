// The functions that a PyTorch file defines where it needs them.
import type { HelperName } from "../source/dialect.ts";
import type { InitName } from "../python/initial.ts";

export const HELPERS: Readonly<Record<HelperName, string>> = {
  real_steps: `def real_steps(lengths, steps):
    """[T, B]: whether a step is one of an example's own."""
    return torch.arange(steps, device=lengths.device)[:, None] < lengths`,
  moving_steps: `def moving_steps(lengths, steps):
    """[T, B]: whether states change at a step.

    They stop before an example's last step, which is computed again and again in the padding,
    and change once more at the very end. So the padding holds no values that do not occur elsewhere.
    """
    t = torch.arange(steps, device=lengths.device)[:, None]
    return (t < lengths - 1) | (t == steps - 1)`,
  first_steps: `def first_steps(lengths, steps):
    """[T, B]: whether a step is the first one of an example that has steps."""
    return (torch.arange(steps, device=lengths.device)[:, None] == 0) & (lengths > 0)`,
  last_steps: `def last_steps(lengths, steps):
    """[T, B]: whether a step is an example's last one."""
    return torch.arange(steps, device=lengths.device)[:, None] == lengths - 1`,
  hold: `def hold(x, lengths):
    """x [T, B, ...] with the value of an example's last step in its padding.

    An example without steps is computed as the longest one. Results never show it.
    """
    examples = torch.arange(len(lengths), device=x.device)
    examples = torch.where(lengths > 0, examples, lengths.argmax())
    last = (lengths[examples] - 1).clamp(min=0)
    t = torch.minimum(torch.arange(len(x), device=x.device)[:, None], last)
    return x.expand(len(x), len(lengths), *x.shape[2:])[t, examples]`,
  borrow: `def borrow(x, lengths):
    """x [B, ...]; an example without steps has the value of the longest one."""
    examples = torch.arange(len(lengths), device=x.device)
    return x[torch.where(lengths > 0, examples, lengths.argmax())]`,
  embed: `def embed(table, token):
    """The rows of a table [V, ...] by tokens; a token that is not in it gives zeros."""
    known = (token >= 0) & (token < len(table))
    rows = table[token.long().clamp(0, len(table) - 1)]
    return torch.where(known.reshape(*known.shape, *[1] * (table.dim() - 1)), rows, 0)`,
  one_hot: `def one_hot(token, size):
    """True at the token's place; a token outside gives no place."""
    return token[..., None] == torch.arange(size, device=token.device)`,
  masked_softmax: `def masked_softmax(x, axis):
    """The softmax; zeros where all of a line is -inf."""
    empty = (x == -torch.inf).all(axis, keepdim=True)
    return torch.softmax(x.masked_fill(empty, 0.0), axis).masked_fill(empty, 0.0)`,
  norm: "",
  first_max: "",
  first_min: "",
};

export const INITIAL: Readonly<Record<InitName, string>> = {
  zeros: `def zeros(shape):
    return torch.zeros(shape)`,
  ones: `def ones(shape):
    return torch.ones(shape)`,
  constant: `def constant(shape, value):
    return torch.full(shape, float(value))`,
  uniform: `def uniform(shape, low=-1.0, high=1.0):
    return torch.empty(shape).uniform_(low, high)`,
  normal: `def normal(shape, deviation=1.0):
    return torch.randn(shape) * deviation`,
  glorot: `def glorot(shape):
    """Glorot and Bengio 2010; the last axis goes in, the first comes out."""
    limit = math.sqrt(6 / (shape[-1] + (shape[0] if len(shape) > 1 else 1)))
    return torch.empty(shape).uniform_(-limit, limit)`,
  he: `def he(shape):
    return torch.randn(shape) * math.sqrt(2 / shape[-1])`,
  lecun: `def lecun(shape):
    return torch.randn(shape) / math.sqrt(shape[-1])`,
  orthogonal: `def orthogonal(shape):
    return nn.init.orthogonal_(torch.empty(math.prod(shape[:-1]), shape[-1])).reshape(shape)`,
  identity: `def identity(shape):
    return torch.eye(math.prod(shape[:-1]), shape[-1]).reshape(shape)`,
};
