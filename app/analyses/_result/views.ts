import type { ImageName, InferResult } from '@/lib/contracts/infer';

export type ViewName = ImageName | 'Original';
export type View = { value: ViewName; label: string; caption: string };

/** The pictures of a result in the order in which they are looked at. */
const VIEWS: readonly View[] = [
  {
    value: 'SegOverlaid',
    label: 'Overlay',
    caption: 'The image with every counted nucleus outlined: positive in red, negative in blue.',
  },
  { value: 'Original', label: 'Original', caption: 'The image as it was given.' },
  {
    value: 'SegRefined',
    label: 'Nuclei',
    caption: 'The counted nuclei: positive filled red, negative filled blue, outlined in green.',
  },
  { value: 'Marker', label: 'Marker', caption: 'Inferred: where the stained protein is.' },
  { value: 'DAPI', label: 'DAPI', caption: 'Inferred: the nuclei as DAPI would show them.' },
  { value: 'Lap2', label: 'Lap2', caption: 'Inferred: the nuclear envelopes as Lap2 would show them.' },
  { value: 'Hema', label: 'Hematoxylin', caption: 'Inferred: the hematoxylin alone, without DAB.' },
  {
    value: 'Seg',
    label: 'Probabilities',
    caption: 'What the nuclei are cut from: red for positive, blue for negative, green for boundaries.',
  },
];

/** The views that there is a picture for. */
export function viewsOf(images: InferResult['images'], hasOriginal: boolean): View[] {
  return VIEWS.filter(({ value }) => (value === 'Original' ? hasOriginal : value in images));
}
