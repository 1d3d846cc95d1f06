import { AppError } from '@/lib/errors';

/** Longer side of the report's picture: 200 pixels per inch on the page. */
const REPORT_PX = 1600;
const JPEG_QUALITY = 0.9;

/** Fetches a stored picture. */
export async function fetchFile(url: string): Promise<Blob> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new AppError('unreachable', 'A picture could not be loaded: the server did not answer.', { cause });
  });
  if (response.ok) return response.blob();
  throw new AppError('unreachable', `A picture could not be loaded (status ${response.status}).`);
}

/** Reduces a picture for the report, as JPEG. */
export async function toReportJpeg(picture: Blob): Promise<Uint8Array> {
  const whole = await createImageBitmap(picture);
  const scale = Math.min(1, REPORT_PX / Math.max(whole.width, whole.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(whole.height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new AppError('internal', 'This browser cannot draw the picture for the report.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  const jpeg = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
  if (!jpeg) throw new AppError('internal', 'This browser cannot encode the picture for the report.');
  return new Uint8Array(await jpeg.arrayBuffer());
}
