// The functions that a JAX file defines where it needs them.
import type { HelperName } from "../source/dialect.ts";
import type { InitName } from "../python/initial.ts";

export const HELPERS: Readonly<Record<HelperName, string>> = {
  real_steps: `def real_steps(lengths, steps):
    """[T, B]: whether a step is one of an example's own."""
    return jnp.arange(steps)[:, None] < lengths`,
  moving_steps: `def moving_steps(lengths, steps):
    """[T, B]: whether states change at a step.

    They stop before an example's last step, which is computed again and again in the padding,
    and change once more at the very end. So the padding holds no values that do not occur elsewhere.
    """
    t = jnp.arange(steps)[:, None]
    return (t < lengths - 1) | (t == steps - 1)`,
  first_steps: `def first_steps(lengths, steps):
    """[T, B]: whether a step is the first one of an example that has steps."""
    return (jnp.arange(steps)[:, None] == 0) & (lengths > 0)`,
  last_steps: `def last_steps(lengths, steps):
    """[T, B]: whether a step is an example's last one."""
    return jnp.arange(steps)[:, None] == lengths - 1`,
  hold: `def hold(x, lengths):
    """x [T, B, ...] with the value of an example's last step in its padding.

    An example without steps is computed as the longest one. Results never show it.
    """
    examples = jnp.where(lengths > 0, jnp.arange(len(lengths)), lengths.argmax())
    last = jnp.maximum(lengths[examples] - 1, 0)
    t = jnp.minimum(jnp.arange(len(x))[:, None], last)
    return jnp.broadcast_to(x, (len(x), len(lengths), *x.shape[2:]))[t, examples]`,
  borrow: `def borrow(x, lengths):
    """x [B, ...]; an example without steps has the value of the longest one."""
    return x[jnp.where(lengths > 0, jnp.arange(len(lengths)), lengths.argmax())]`,
  embed: `def embed(table, token):
    """The rows of a table [V, ...] by tokens; a token that is not in it gives zeros."""
    known = (token >= 0) & (token < len(table))
    rows = table[jnp.clip(token, 0, len(table) - 1)]
    return jnp.where(known.reshape(*known.shape, *[1] * (table.ndim - 1)), rows, 0)`,
  one_hot: "",
  masked_softmax: `def masked_softmax(x, axis):
    """The softmax; zeros where all of a line is -inf."""
    empty = (x == -jnp.inf).all(axis, keepdims=True)
    return jnp.where(empty, 0, jax.nn.softmax(jnp.where(empty, 0, x), axis))`,
  norm: `def norm(x, axis):
    """The Euclidean length; its derivative at 0 is 0."""
    square = (x * x).sum(axis)
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)`,
  first_max: `def first_max(x, axis):
    """The greatest along an axis; its gradient goes to the first of equals."""
    place = jnp.expand_dims(x.argmax(axis), axis)
    return jnp.take_along_axis(x, place, axis).squeeze(axis)`,
  first_min: `def first_min(x, axis):
    """The smallest along an axis; its gradient goes to the first of equals."""
    place = jnp.expand_dims(x.argmin(axis), axis)
    return jnp.take_along_axis(x, place, axis).squeeze(axis)`,
};

export const INITIAL: Readonly<Record<InitName, string>> = {
  zeros: `def zeros(key, shape):
    return jnp.zeros(shape)`,
  ones: `def ones(key, shape):
    return jnp.ones(shape)`,
  constant: `def constant(key, shape, value):
    return jnp.full(shape, float(value))`,
  uniform: `def uniform(key, shape, low=-1.0, high=1.0):
    return jax.random.uniform(key, shape, minval=low, maxval=high)`,
  normal: `def normal(key, shape, deviation=1.0):
    return jax.random.normal(key, shape) * deviation`,
  glorot: `def glorot(key, shape):
    """Glorot and Bengio 2010; the last axis goes in, the first comes out."""
    limit = math.sqrt(6 / (shape[-1] + (shape[0] if len(shape) > 1 else 1)))
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)`,
  he: `def he(key, shape):
    return jax.random.normal(key, shape) * math.sqrt(2 / shape[-1])`,
  lecun: `def lecun(key, shape):
    return jax.random.normal(key, shape) / math.sqrt(shape[-1])`,
  orthogonal: `def orthogonal(key, shape):
    return jax.nn.initializers.orthogonal()(key, (math.prod(shape[:-1]), shape[-1])).reshape(shape)`,
  identity: `def identity(key, shape):
    return jnp.eye(math.prod(shape[:-1]), shape[-1]).reshape(shape)`,
};
