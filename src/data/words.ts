// Splits a text into words by Unicode's rules (UAX 29); punctuation is a word, blanks are not. And joins words into a text, with blanks
// where a text most likely has them, because the words do not say.
// Intl.Segmenter copies its whole text for every word, so a long text is segmented in short pieces. They are cut where no word
// continues: after a line end, or between a blank and a letter or digit of ASCII.

const WORDS = new Intl.Segmenter("und", { granularity: "word" });
/** UTF-16 units in a piece; more if there is no place to cut. */
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

/** No blank before it: closing punctuation, by its first character. */
const CLOSES = /^[.,;:!?…。，、；：！？\p{Pe}\p{Pf}]/u;
/** No blank after it: opening brackets and quotation marks. */
const OPENS = /[\p{Ps}\p{Pi}]$/u;
/** Scripts that are written without blanks between words. */
const WITHOUT_BLANKS = String.raw`[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}。，、；：！？]`;
const ENDS_WITHOUT = new RegExp(`${WITHOUT_BLANKS}$`, "u");
const BEGINS_WITHOUT = new RegExp(`^${WITHOUT_BLANKS}`, "u");

/**
 * Returns a function from a word to the text to append: the word, with or without a blank before it. There is no blank before closing
 * punctuation, after an opening bracket, and between words of a script without blanks. Straight quotation marks open and close in turn.
 */
export function wordJoiner(): (word: string) => string {
  let before: string | null = null;
  let isQuoted = false;
  let isOpen = false;
  return (word) => {
    const isQuote = word === '"';
    const closes = isQuote ? isQuoted : CLOSES.test(word);
    const isJoined = before === null || isOpen || closes || (ENDS_WITHOUT.test(before) && BEGINS_WITHOUT.test(word));
    if (isQuote) isQuoted = !isQuoted;
    isOpen = isQuote ? isQuoted : OPENS.test(word);
    before = word;
    return isJoined ? word : ` ${word}`;
  };
}
