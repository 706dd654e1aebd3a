// Generated from specs/ by `npm run generate`: do not edit.
import type { Source } from "../base/source.ts";

export const SHIPPED: Readonly<Record<"cells" | "models", readonly Source[]>> = {
  cells: [
  {
    "name": "specs/cells/gru.rec",
    "text": "# Gated recurrent units.\n\n# GRU with the reset gate after the product (Cho et al. 2014, first version; what cuDNN and PyTorch compute).\n# Source: K. Cho et al.: Learning phrase representations using RNN encoder-decoder for statistical machine translation. 2014, arXiv:1406.1078v1.\ncell GRU(H) {\n  input x\n  state h: [H]\n  r = sigmoid(linear(x, h[t-1]))\n  z = sigmoid(linear(x, h[t-1]))\n  u = linear(h[t-1])\n  n = tanh(linear(x) + r * u)\n  h = (1 - z) * n + z * h[t-1]\n}\n\n# GRU with the reset gate before the product (Cho et al. 2014, third version): two products in sequence at each step.\n# Source: K. Cho et al.: Learning phrase representations using RNN encoder-decoder for statistical machine translation. 2014, arXiv:1406.1078v3.\ncell ResetBeforeGRU(H) {\n  input x\n  state h: [H]\n  r = sigmoid(linear(x, h[t-1]))\n  z = sigmoid(linear(x, h[t-1]))\n  n = tanh(linear(x, r * h[t-1]))\n  h = (1 - z) * n + z * h[t-1]\n}\n\n# Minimal gated unit (Zhou et al. 2016).\n# Source: G.-B. Zhou, J. Wu, C.-L. Zhang, Z.-H. Zhou: Minimal gated unit for recurrent neural networks. 2016, arXiv:1603.09420.\ncell MGU(H) {\n  input x\n  state h: [H]\n  f = sigmoid(linear(x, h[t-1], bias = 1))\n  n = tanh(linear(x, f * h[t-1]))\n  h = (1 - f) * h[t-1] + f * n\n}\n\n# minGRU (Feng et al. 2024): linear in its state, with gates that do not look at it, so it runs as a parallel scan.\n# Source: L. Feng, F. Tung, M. O. Ahmed, Y. Bengio, H. Hajimirsadeghi: Were RNNs all we needed? 2024, arXiv:2410.01201.\ncell MinGRU(H) {\n  input x\n  state h: [H]\n  z = sigmoid(linear(x))\n  n = linear(x)\n  h = (1 - z) * h[t-1] + z * n\n}\n\n# Update gate RNN (Collins et al. 2016): one gate, kept or replaced.\n# Source: J. Collins, J. Sohl-Dickstein, D. Sussillo: Capacity and trainability in recurrent neural networks. 2016, arXiv:1611.09913.\ncell UGRNN(H) {\n  input x\n  state h: [H]\n  c = tanh(linear(x, h[t-1]))\n  g = sigmoid(linear(x, h[t-1]))\n  h = g * h[t-1] + (1 - g) * c\n}\n"
  },
  {
    "name": "specs/cells/lstm.rec",
    "text": "# Long short-term memory and its relatives.\n\n# LSTM with a forget gate (Gers et al. 2000).\n# Source: F. A. Gers, J. Schmidhuber, F. Cummins: Learning to forget: continual prediction with LSTM. Neural Computation 12, 2000.\ncell LSTM(H) {\n  input x\n  state h: [H]\n  state c: [H]\n  f = sigmoid(linear(x, h[t-1], bias = 1))\n  i = sigmoid(linear(x, h[t-1]))\n  g = tanh(linear(x, h[t-1]))\n  o = sigmoid(linear(x, h[t-1]))\n  c = f * c[t-1] + i * g\n  h = o * tanh(c)\n}\n\n# Peephole connections (Gers et al. 2002): the gates see the memory; the output gate sees the new one.\n# Source: F. A. Gers, N. N. Schraudolph, J. Schmidhuber: Learning precise timing with LSTM recurrent networks. JMLR 3, 2002.\ncell PeepholeLSTM(H) {\n  input x\n  state h: [H]\n  state c: [H]\n  param p_f, p_i, p_o: [H] ~ zeros\n  f = sigmoid(linear(x, h[t-1], bias = 1) + p_f * c[t-1])\n  i = sigmoid(linear(x, h[t-1]) + p_i * c[t-1])\n  g = tanh(linear(x, h[t-1]))\n  c = f * c[t-1] + i * g\n  o = sigmoid(linear(x, h[t-1]) + p_o * c)\n  h = o * tanh(c)\n}\n"
  },
  {
    "name": "specs/cells/other.rec",
    "text": "# Cells that stretch a compiler.\n\n# Long expressive memory (Rusch et al. 2022): two time scales; the second state reads the new first one.\n# Source: T. K. Rusch, S. Mishra, N. B. Erichson, M. W. Mahoney: Long expressive memory for sequence modeling. 2022, arXiv:2110.04744.\ncell LEM(H, dt = 1.0) {\n  input x\n  state y: [H]\n  state z: [H]\n  d1 = dt * sigmoid(linear(x, y[t-1]))\n  d2 = dt * sigmoid(linear(x, y[t-1]))\n  z  = (1 - d1) * z[t-1] + d1 * tanh(linear(x, y[t-1]))\n  y  = (1 - d2) * y[t-1] + d2 * tanh(linear(x, z))\n}\n\n# Antisymmetric RNN (Chang et al. 2019): a constrained recurrent matrix.\n# Source: B. Chang, M. Chen, E. Haber, E. H. Chi: AntisymmetricRNN: a dynamical system view on recurrent neural networks. 2019, arXiv:1902.09689.\ncell AntisymmetricRNN(H, eps = 0.1, gamma = 0.01) {\n  input x\n  state h: [H]\n  param U: [H, H] ~ normal(0.1)\n  h = h[t-1] + eps * tanh(linear(x) + (U - transpose(U) - gamma * eye(H)) @ h[t-1])\n}\n\n# A causal dilated convolution of width 3 is a cell without state (Bai et al. 2018).\n# Source: S. Bai, J. Z. Kolter, V. Koltun: An empirical evaluation of generic convolutional and recurrent networks for sequence modeling. 2018, arXiv:1803.01271.\ncell Dilated(H, d = 1) {\n  input x\n  y = relu(linear(x, x[t-d], x[t-2*d], out = H))\n  output y\n}\n\n# Discrete network (Hopfield 1982): one unit k is updated at each step, and the energy never rises.\n# Source: J. J. Hopfield: Neural networks and physical systems with emergent collective computational abilities. PNAS 79, 1982.\ncell Hopfield(N) {\n  input x: [N]\n  input k: token[N]\n  state y: [N]\n  param W: [N, N] ~ zeros\n  param theta: [N] ~ zeros\n  net = W @ y[t-1] + x - theta\n  y = where(onehot(k) * abs(net) > 0, sign(net), y[t-1])\n  energy = -0.5 * dot(y, W @ y) - dot(x, y) + dot(theta, y)\n}\n"
  },
  {
    "name": "specs/cells/rnn.rec",
    "text": "# Recurrent cells without gates.\n\n# Elman (1990): the hidden state feeds back.\n# Source: J. L. Elman: Finding structure in time. Cognitive Science 14, 1990.\ncell RNN(H) {\n  input x\n  state h: [H]\n  h = tanh(linear(x, h[t-1]))\n}\n\n# Jordan (1986): the output feeds back.\n# Source: M. I. Jordan: Serial order: a parallel distributed processing approach. ICS report 8604, 1986.\ncell Jordan(H, O) {\n  input x\n  state y: [O]\n  h = tanh(linear(x, y[t-1], out = H))\n  y = sigmoid(linear(h))\n  output y\n}\n\n# IndRNN (Li et al. 2018): each unit remembers only itself.\n# Source: S. Li, W. Li, C. Cook, C. Zhu, Y. Gao: Independently recurrent neural network (IndRNN): building a longer and deeper RNN. 2018, arXiv:1803.04831.\ncell IndRNN(H) {\n  input x\n  state h: [H]\n  param u: [H] ~ uniform(-1, 1)\n  h = relu(linear(x) + u * h[t-1])\n}\n"
  }
],
  models: [
  {
    "name": "specs/models/adding.rec",
    "text": "# The adding problem (Hochreiter & Schmidhuber 1997): sum the two marked numbers of a long sequence.\nuse GRU from \"cells\"\n\nmodel Adding(H = 64) {\n  input  pairs: seq [2]\n  target total: []\n  h = GRU(H)(pairs)\n  predict total from linear(last(h), out = [])\n}\n"
  },
  {
    "name": "specs/models/caption.rec",
    "text": "# One to many: a feature vector becomes the first state of a decoder that writes.\nuse LSTM from \"cells\"\n\nmodel Caption(E = 32, H = 128) {\n  input  image: [784]\n  target words: seq char[V]\n  start = tanh(linear(image, out = H))\n  h = LSTM(H)(embed(words[t-1], E), h = start)\n  predict words from linear(h, out = V)\n}\n"
  },
  {
    "name": "specs/models/charlm.rec",
    "text": "# A character language model: predict the next character, then write with it.\nuse LSTM from \"cells\"\n\nmodel CharLM(E = 32, H = 128, layers = 1) {\n  input text: seq char[V]\n  e = embed(text, E)\n  h = stack(LSTM(H), layers)(e)\n  logits = linear(h, out = V)\n  predict text[t+1] from logits\n\n  train {\n    optimizer adam(lr = 0.01)\n    clip norm 5\n    truncate k1 = 64, k2 = 64\n    batch 32\n    epochs 2\n  }\n}\n"
  },
  {
    "name": "specs/models/classify.rec",
    "text": "# Many to one: read a sequence, name its class.\nuse LSTM from \"cells\"\n\nmodel Classify(E = 32, H = 64) {\n  input  words: seq word[V]\n  target label: label[C]\n  h = bidirectional(LSTM(H))(embed(words, E))\n  predict label from linear(mean(h), out = C)\n}\n"
  },
  {
    "name": "specs/models/tag.rec",
    "text": "# Many to many, aligned: one label for each word, from both sides of its context.\nuse LSTM from \"cells\"\n\nmodel Tag(E = 64, H = 64) {\n  input  words: seq word[V]\n  target tags: seq label[K]\n  h = words |> embed(E) |> stack(bidirectional(LSTM(H)), 2)\n  predict tags from linear(h, out = K)\n}\n"
  },
  {
    "name": "specs/models/translate.rec",
    "text": "# Sequence to sequence with attention: many to one, then one to many.\nuse GRU from \"cells\"\n\nmodel Translate(E = 64, H = 128) {\n  input  source: seq char[S]\n  target output: seq char[V]\n  enc = bidirectional(GRU(H))(embed(source, E))\n  dec = AttentionDecoder(H)(embed(output[t-1], E), memory = enc, h = tanh(linear(last(enc), out = H)))\n  predict output from linear(dec, out = V)\n}\n\n# Dot-product attention over the encoder's states (Luong et al. 2015), with the context fed to every step.\ncell AttentionDecoder(H) {\n  input  y\n  memory memory: seq [K]\n  state  h: [H]\n  param  W: [K, H] ~ glorot\n  a   = softmax(memory @ (W @ h[t-1]))\n  ctx = a @ memory\n  h   = GRU(H)(concat(y, ctx), h = h[t-1])\n}\n\n# Additive attention (Bahdanau et al. 2015).\ncell AdditiveDecoder(H, A = 64) {\n  input  y\n  memory memory: seq [K]\n  state  h: [H]\n  param  Wm: [K, A] ~ glorot\n  param  Wh: [A, H] ~ glorot\n  param  v: [A] ~ glorot\n  a   = softmax(tanh(memory @ Wm + Wh @ h[t-1]) @ v)\n  ctx = a @ memory\n  h   = GRU(H)(concat(y, ctx), h = h[t-1])\n}\n"
  }
],
};
