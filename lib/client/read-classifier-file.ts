import { type Classifier, MAX_CLASSIFIER_BYTES, parseClassifier } from '@/lib/contracts/classifier';

/**
 * Reads a file that somebody chose as what was taught. One that is too large is not read.
 *
 * @returns a sentence where it cannot be used
 */
export async function readClassifierFile(file: Pick<File, 'name' | 'size' | 'text'>): Promise<Classifier | string> {
  const read =
    file.size > MAX_CLASSIFIER_BYTES
      ? `expected a taught classifier of at most ${MAX_CLASSIFIER_BYTES} bytes, got ${file.size}`
      : parseClassifier(await file.text());
  return typeof read === 'string' ? `${file.name} was not taken: ${read}.` : read;
}

/** How a file that was taken was taught. */
export const taughtText = ({ clicks, class_clicks: classClicks, images }: Classifier): string =>
  `${clicks + classClicks} clicks on ${images} ${images === 1 ? 'image' : 'images'}`;
