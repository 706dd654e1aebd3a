// Words by Unicode's rules (UAX 29); punctuation is a word of its own, blanks are none.
// Intl.Segmenter copies its whole text for every word it gives, so a long text is handed to it in short pieces. They are cut
// where no word can go on: behind a line's end, or between a blank and a letter or digit of ASCII.

const WORDS = new Intl.Segmenter("und", { granularity: "word" });
/** UTF-16 units in a piece, or more where there is no place to cut. */
const PIECE = 128;

export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (let begin = 0; begin < text.length;) {
    const end = cutBehind(text, begin + PIECE);
    for (const { segment } of WORDS.segment(text.slice(begin, end))) if (segment.trim() !== "") words.push(segment);
    begin = end;
  }
  return words;
}

function cutBehind(text: string, from: number): number {
  const cut = /\n|[ \t](?=[A-Za-z0-9])/g;
  cut.lastIndex = from;
  return cut.exec(text) === null ? text.length : cut.lastIndex;
}
