/** A letter that the fonts of a report lack, as a picture, and its advance in ems. */
export type LetterPicture = { readonly png: Uint8Array; readonly advance: number };

/** How far the picture of a letter reaches beyond its advance, and from the line that it stands on, in ems. */
export const LETTER_BOX = { side: 0.1, above: 1.1, below: 0.35 } as const;

/** Each is a few kilobytes of the document. */
const MOST_LETTERS = 400;
const MAY_LACK = /[^\0-\u017f]/u;
/** Joined, and from right to left: one by one its letters would be misread. */
const JOINED = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for one letter: with its accents, and an emoji with all that belongs to it. */
export function lettersIn(text: string): string[] {
  const whole = text.normalize('NFC');
  if (!MAY_LACK.test(whole) || typeof Intl.Segmenter === 'undefined') return [...whole];
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(whole), ({ segment }) => segment);
}

/** Draws a letter with the fonts of the system; null where it cannot. */
export type DrawLetter = (letter: string, box: typeof LETTER_BOX) => Promise<LetterPicture | null>;

/** The letters beyond Latin in what users have called things. */
export async function pictureLetters(
  texts: readonly string[],
  draw: DrawLetter,
): Promise<ReadonlyMap<string, LetterPicture>> {
  const letters = new Set(texts.flatMap(lettersIn).filter((letter) => MAY_LACK.test(letter) && !JOINED.test(letter)));
  const pictures = new Map<string, LetterPicture>();
  for (const letter of [...letters].slice(0, MOST_LETTERS)) {
    const picture = await draw(letter, LETTER_BOX);
    if (picture) pictures.set(letter, picture);
  }
  return pictures;
}
