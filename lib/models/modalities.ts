type ModalityTable = Record<string, { channels: 1 | 3; picture: string; title: string }>;

/**
 * What an output of a network shows, in the order of an answer: the channels of its picture, its name for clients and
 * its title for people. `segmentation` is R = positive, G = boundary, B = negative.
 */
export const MODALITY_TABLE = {
  hematoxylin: { channels: 3, picture: 'Hema', title: 'Hematoxylin' },
  dapi: { channels: 1, picture: 'DAPI', title: 'DAPI' },
  lap2: { channels: 1, picture: 'Lap2', title: 'Lap2' },
  marker: { channels: 1, picture: 'Marker', title: 'Marker' },
  segmentation: { channels: 3, picture: 'Seg', title: 'Segmentation' },
} as const satisfies ModalityTable;

export type Modality = keyof typeof MODALITY_TABLE;
export const MODALITIES = Object.keys(MODALITY_TABLE) as readonly Modality[];

export type ModalityPicture = (typeof MODALITY_TABLE)[Modality]['picture'];
export const MODALITY_PICTURES: readonly ModalityPicture[] = MODALITIES.map((name) => MODALITY_TABLE[name].picture);
