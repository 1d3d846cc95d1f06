import { decodePDFRawStream, PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, PDFRef } from '@cantoo/pdf-lib';

/** The text of a PDF of ours or of Chromium, run by run, as other readers find it: by the table of each font from codes to letters. */
export async function wordsOfPdf(bytes: Uint8Array): Promise<string> {
  const document = await PDFDocument.load(bytes);
  const contentOf = (object: unknown): string =>
    object instanceof PDFRawStream ? Buffer.from(decodePDFRawStream(object).decode()).toString('latin1') : '';
  const find = (object: unknown) => (object instanceof PDFRef ? document.context.lookup(object) : object);
  let words = '';
  for (const { node } of document.getPages()) {
    const fonts = node.Resources()?.lookup(PDFName.of('Font'), PDFDict);
    const contents = node.Contents();
    const streams = contents instanceof PDFArray ? contents.asArray().map(find) : [contents];
    let letters = new Map<string, string>();
    for (const [, name, hex] of streams.map(contentOf).join('\n').matchAll(/\/(\S+) [\d.]+ Tf|<([0-9A-F]*)> Tj/gi)) {
      if (name !== undefined) letters = lettersOf(contentOf(fonts?.lookup(PDFName.of(name), PDFDict).lookup(PDFName.of('ToUnicode'))));
      else words += `${decode(hex ?? '', letters)} `;
    }
  }
  return words;
}

/** Of one code (`bfchar`: code, letter), or of neighbours (`bfrange`: first code, last code, letter of the first). */
function lettersOf(table: string): Map<string, string> {
  const letters = new Map<string, string>();
  for (const [, first = '', last = first, letter = ''] of table.matchAll(
    /<([0-9a-f]{2,4})> (?:<([0-9a-f]{2,4})> )?<([0-9a-f]{4})>\n/gi,
  )) {
    const from = Number.parseInt(first, 16);
    for (let code = from; code <= Number.parseInt(last, 16); code++)
      letters.set(
        code.toString(16).toUpperCase().padStart(first.length, '0'),
        String.fromCharCode(Number.parseInt(letter, 16) + code - from),
      );
  }
  return letters;
}

/** Fonts without a table are those that every reader has: their codes are those of Windows. */
function decode(hex: string, letters: ReadonlyMap<string, string>): string {
  if (letters.size === 0) return Buffer.from(hex, 'hex').toString('latin1');
  // Codes of a font are of one byte or of two.
  const [code = ''] = letters.keys();
  const codes = hex.match(new RegExp(`.{${code.length}}`, 'g')) ?? [];
  return codes.map((one) => letters.get(one.toUpperCase()) ?? '\ufffd').join('');
}
