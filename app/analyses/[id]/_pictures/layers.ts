import { MODALITY_TABLE, type Modality } from '@/lib/models/modalities';

/** The inferred pictures that the page shows as fluorescence channels. The segmentation is shown as outlines instead. */
export type LayerName = Exclude<Modality, 'segmentation'>;

/** How each layer is shown at first, and what it is. In the order of the list on the page. */
export const LAYERS: Record<LayerName, { isShown: boolean; colour: string; text: string }> = {
  marker: {
    isShown: true,
    colour: '#ff3b30',
    text: 'Inferred: where the stained protein is, as an immunofluorescence image would show it.',
  },
  dapi: { isShown: true, colour: '#3b6bff', text: 'Inferred: the nuclei as the DNA stain would show them.' },
  lap2: {
    isShown: false,
    colour: '#28d763',
    text: 'Inferred: the envelopes of the nuclei, which set touching ones apart.',
  },
  hematoxylin: {
    isShown: false,
    colour: '#b7a4ff',
    text: 'Inferred: the counterstain alone, with the brown taken away.',
  },
};

export const LAYER_NAMES = Object.keys(LAYERS) as readonly LayerName[];

export const titleOf = (name: LayerName): string => MODALITY_TABLE[name].title;
