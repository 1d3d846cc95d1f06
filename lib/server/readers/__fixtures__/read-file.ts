import { type OpenOptions, openSlide } from '@/lib/server/readers/open-slide';
import type { SlideInput } from '@/lib/server/readers/random-access';
import { ImageFile, type ReadOptions } from '@/lib/server/readers/read-image';
import type { Choice } from '@/lib/server/readers/slide-source';

async function closing<T>(file: ImageFile, work: (file: ImageFile) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** What a file says of itself, with nothing left open. */
export const describeImage = (input: SlideInput, options: ReadOptions = {}) =>
  closing(new ImageFile(input, options), (file) => file.describe());

/** The pixels of a file, with nothing left open. */
export const readImage = (input: SlideInput, options: ReadOptions = {}) =>
  closing(new ImageFile(input, options), (file) => file.read());

/** One picture of a file, with what closes the file. */
export async function openSource(input: SlideInput, options: OpenOptions & Choice = {}) {
  const slide = await openSlide(input, options);
  const close = () => slide.close();
  try {
    return Object.assign(slide.choose(options), { close });
  } catch (error) {
    await close();
    throw error;
  }
}
