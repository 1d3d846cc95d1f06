import { MODALITY_TABLE, type Modality } from '@/lib/models/modalities';

/** The inferred pictures that the page shows as fluorescence channels. The segmentation is shown as outlines instead. */
export type LayerName = Exclude<Modality, 'segmentation'>;

/** How each layer is shown at first. In the order of the list on the page. */
export const LAYERS: Record<LayerName, { isShown: boolean; colour: string }> = {
  marker: {
    isShown: true,
    colour: '#ff3b30',
  },
  dapi: { isShown: true, colour: '#3b6bff' },
  lap2: {
    isShown: false,
    colour: '#28d763',
  },
  hematoxylin: {
    isShown: false,
    colour: '#b7a4ff',
  },
};

export const LAYER_NAMES = Object.keys(LAYERS) as readonly LayerName[];

export const titleOf = (name: LayerName): string => MODALITY_TABLE[name].title;

/** What an answer calls an inferred picture. */
export const pictureOf = (name: Modality) => MODALITY_TABLE[name].picture;
