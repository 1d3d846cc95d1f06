import { type OpenOptions, openSlide } from '@/lib/server/readers/open-slide';
import type { SlideInput } from '@/lib/server/readers/random-access';
import { ImageFile, type ReadOptions } from '@/lib/server/readers/read-image';
import type { ImageChoice } from '@/lib/server/readers/slide-source';

async function closing<T>(file: ImageFile, work: (file: ImageFile) => Promise<T>): Promise<T> {
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Describes a file, and closes it. */
export const describeImage = (input: SlideInput, options: ReadOptions = {}) =>
  closing(new ImageFile(input, options), (file) => file.describe());

/** Reads the pixels of a file, and closes it. */
export const readImage = (input: SlideInput, options: ReadOptions = {}) =>
  closing(new ImageFile(input, options), (file) => file.read());

/** Opens one image of a file. Its `close` closes the file. */
export async function openSource(input: SlideInput, options: OpenOptions & ImageChoice = {}) {
  const slide = await openSlide(input, options);
  const close = () => slide.close();
  try {
    return Object.assign(slide.choose(options), { close });
  } catch (error) {
    await close();
    throw error;
  }
}
