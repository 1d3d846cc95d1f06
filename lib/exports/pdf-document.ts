import type { PDFDocument, RGB } from '@cantoo/pdf-lib';
import { BOLD, REGULAR } from './fonts/instrument-sans';
import { type DrawLetter, pictureLetters } from './letter-pictures';
import { type DrawnLetter, drawText, type Face, PAGE, widthOf } from './pdf-text';

/** Red, green and blue of the site's light theme (app/globals.css): reports are printed on white. */
const COLOURS = {
  ink: [26, 31, 43],
  muted: [85, 91, 104],
  hematoxylin: [80, 64, 168],
  dab: [146, 80, 11],
  line: [218, 220, 226],
} as const;

/** The site's type and colours. */
export type PdfLook = {
  readonly plain: Face;
  readonly bold: Face;
  readonly colours: Readonly<Record<keyof typeof COLOURS, RGB>>;
};

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * A new document in the site's type, of which it holds the letters that are used.
 *
 * @param names - what users have called things, in any script
 * @param drawLetter - draws letters of them that the fonts lack; by default these are question marks
 */
export async function createPdf(
  title: string,
  creator: string,
  names: readonly string[] = [],
  drawLetter: DrawLetter = async () => null,
): Promise<{ document: PDFDocument; look: PdfLook }> {
  const [{ PDFDocument, rgb, StandardFonts }, { default: fontkit }] = await Promise.all([
    import('@cantoo/pdf-lib'),
    import('@cantoo/fontkit'),
  ]);
  const document = await PDFDocument.create();
  document.registerFontkit(fontkit);
  document.setTitle(title);
  document.setCreator(creator);
  const colours = Object.fromEntries(
    Object.entries(COLOURS).map(([name, [red, green, blue]]) => [name, rgb(red / 255, green / 255, blue / 255)]),
  ) as PdfLook['colours'];
  const drawn = new Map<string, DrawnLetter>();
  for (const [letter, { png, advance }] of await pictureLetters(names, drawLetter))
    drawn.set(letter, { image: await document.embedPng(png), advance });
  const face = async (base64: string, rest: string): Promise<Face> => ({
    drawn,
    // Widths are added up letter by letter.
    main: await document.embedFont(bytesOf(base64), { subset: true, features: { kern: false, liga: false } }),
    rest: await document.embedFont(rest),
  });
  const plain = await face(REGULAR, StandardFonts.Helvetica);
  const bold = await face(BOLD, StandardFonts.HelveticaBold);
  return { document, look: { plain, bold, colours } };
}

const NOTE = 'For research use only. Not a medical device. Do not use it for diagnosis or treatment.';
const NOTE_SIZE = 9;

/** Writes the note of intended use and the page's number at the foot of every page. */
export function writeFeet(document: PDFDocument, { plain, colours }: PdfLook): void {
  const pages = document.getPages();
  const y = PAGE.margin - 14;
  for (const [n, page] of pages.entries()) {
    drawText(page, plain, NOTE, PAGE.margin, y, NOTE_SIZE, colours.muted);
    const number = `${n + 1} of ${pages.length}`;
    const x = PAGE.width - PAGE.margin - widthOf(plain, number, NOTE_SIZE);
    drawText(page, plain, number, x, y, NOTE_SIZE, colours.muted);
  }
}
