import { t } from '@/app/_text/t';

export type Shown = 'marker' | 'dapi' | 'lap2' | 'hematoxylin' | 'segmentation';

export const LEAD = {
  result: t(
    'Only the original was measured. A network infers all other pictures from it: they say why a nucleus was called as it was, and they can be wrong.',
  ),
  slide: t(
    'The slide is shown as it was scanned. Where it is scored, a network infers the pictures below from it, and the page draws what they say as outlines.',
  ),
};

export const ORIGINAL = t(
  'The stained tissue as it was analysed, pixel by pixel. When in doubt, this is the picture that decides.',
);

/** What each inferred picture shows, and what it is good for. */
export const PICTURES: Record<Shown, { title: string; text: string }> = {
  marker: {
    title: t('Marker'),
    text: t(
      'The stained protein as immunofluorescence would show it. Bright nuclei were taken for stained; look here for pigment or background brown that was mistaken for it.',
    ),
  },
  dapi: {
    title: 'DAPI',
    text: t(
      'All nuclei, stained or not, as a dye of DNA would show them. A nucleus that is missing here was probably missed by the count.',
    ),
  },
  lap2: {
    title: 'Lap2',
    text: t(
      'The nuclear envelope, which parts nuclei that touch. Where two share one envelope, they may have been counted as one.',
    ),
  },
  hematoxylin: {
    title: t('Hematoxylin'),
    text: t(
      'The counterstain alone, with the brown taken away: it lets you judge chromatin and form below a strong stain.',
    ),
  },
  segmentation: {
    title: t('Segmentation'),
    text: t(
      'What the count is made from: how sure the network is that a pixel lies in a positive nucleus (red), in a negative one (blue), or on the boundary (green).',
    ),
  },
};

export const OUTLINES = [
  t('Solid and filled: a positive nucleus. Thin and dashed: a negative one.'),
  t('Faint: outside of the regions. Without a line: not found, too small or too large, or deleted. Neither counts.'),
];

export const CORRECTED = t('A small diamond: corrected by hand.');

export const CLASSES = t(
  'Positive or negative says whether a nucleus is stained. Its kind (tumour, lymphocyte, stroma, other) is told by form, staining and neighbours. The network has learnt kinds from simulated tissue, so compare some with your own eye and teach what is wrong.',
);

export const NUMBER = [
  t(
    'The labeling index is the percentage of positive nuclei among all that count: of a size within the limits, with their centre inside the regions. Nuclei that the border of the image cuts count, too, unless that is switched off under Regions.',
  ),
  t(
    'The 95 % interval (Wilson) is how far chance alone may have moved it. It is narrow where many nuclei are counted:',
  ),
];

export const NUMBER_LIMIT = t(
  'It knows nothing of a wrong magnification, a poor stain, or a field that does not stand for the tumour.',
);
