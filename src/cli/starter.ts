// The files that `recurra new` writes: a spec with a cell, a short text to train on, and a README with the first commands.

const SPEC = `# A cell of your own, and a model that learns to write a text with it.

cell Mine(H) {
  input x
  state h: [H]

  z = sigmoid(linear(x, h[t-1]))   # how much is new
  n = tanh(linear(x, h[t-1]))      # what is new
  h = (1 - z) * h[t-1] + z * n
  output h
}

model Text(E = 16, H = 64) {
  input text: seq char[V]
  h = Mine(H)(embed(text, E))
  predict text[t+1] from linear(h, out = V)

  train {
    optimizer adam(lr = 0.01)
    clip norm 5
    truncate k1 = 32, k2 = 32
    batch 4
    epochs 30
  }
}
`;

/** The first sentences of Moby-Dick (Herman Melville, 1851), in the public domain. */
const TEXT = `Call me Ishmael. Some years ago - never mind how long precisely - having
little or no money in my purse, and nothing particular to interest me on
shore, I thought I would sail about a little and see the watery part of the
world. It is a way I have of driving off the spleen and regulating the
circulation. Whenever I find myself growing grim about the mouth; whenever it
is a damp, drizzly November in my soul; whenever I find myself involuntarily
pausing before coffin warehouses, and bringing up the rear of every funeral I
meet; and especially whenever my hypos get such an upper hand of me, that it
requires a strong moral principle to prevent me from deliberately stepping
into the street, and methodically knocking people's hats off - then, I
account it high time to get to sea as soon as I can. This is my substitute
for pistol and ball. With a philosophical flourish Cato throws himself upon
his sword; I quietly take to the ship. There is nothing surprising in this.
If they but knew it, almost all men in their degree, some time or other,
cherish very nearly the same feelings towards the ocean with me.
`;

const README = `# A model in Recurra

\`model.rec\` has the equations of a cell, and a model that uses it.
\`text.txt\` is the text that the model learns to write.

\`\`\`sh
npx recurra check model.rec
npx recurra train model.rec --data text.txt --out run --overwrite
npx recurra generate run --prompt "Call me " --length 200 --temperature 0.7
\`\`\`

Training takes seconds.
The model learns such a short text by heart: replace \`text.txt\` by a longer text of your own.

Change an equation of \`Mine\`, and run the commands again.
These commands show what the compiler does with it:

\`\`\`sh
npx recurra graph model.rec --unroll 3 -o model.svg
npx recurra explain model.rec --cell Mine
npx recurra grad model.rec --cell Mine
\`\`\`

In a clone of Recurra, write \`npm run -s recurra --\` in place of \`npx recurra\`, with the paths of these files.
`;

/** The files of a new project, by name. */
export const STARTER: ReadonlyMap<string, string> = new Map([
  ["model.rec", SPEC],
  ["text.txt", TEXT],
  ["README.md", README],
]);
