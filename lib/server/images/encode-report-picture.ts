import 'server-only';
import sharp from './limited-sharp';

/** Longer side in pixels: 200 dots an inch on the page, as the result page draws it. */
const REPORT_SIDE = 1600;

/** A picture small enough for the page of a report, as JPEG. */
export function encodeReportPicture(png: Uint8Array): Promise<Buffer> {
  return sharp(png, { limitInputPixels: false })
    .resize({ width: REPORT_SIDE, height: REPORT_SIDE, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 90 })
    .toBuffer();
}
