const EM_PX = 96;
/** The ink of reports. */
const INK = 'rgb(26 31 43)';

/**
 * Draws a letter with the fonts of this browser, for reports, whose own fonts lack it.
 *
 * @param box - how far the picture reaches beyond the letter's advance, and from the line that it stands on, in ems
 * @returns a PNG, and the advance in ems; null where this browser cannot
 */
export async function drawLetter(
  letter: string,
  { side, above, below }: { side: number; above: number; below: number },
): Promise<{ png: Uint8Array; advance: number } | null> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) return null;
  const font = `${EM_PX}px "Instrument Sans Variable", sans-serif`;
  context.font = font;
  const advance = context.measureText(letter).width / EM_PX;
  canvas.width = Math.ceil((advance + 2 * side) * EM_PX);
  canvas.height = Math.ceil((above + below) * EM_PX);
  // A canvas of another size has forgotten its font.
  context.font = font;
  context.fillStyle = INK;
  context.fillText(letter, side * EM_PX, above * EM_PX);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  return blob && { png: new Uint8Array(await blob.arrayBuffer()), advance };
}
