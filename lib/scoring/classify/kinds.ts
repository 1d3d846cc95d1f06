/** What a nucleus belongs to. `stroma`: spindle cells and endothelium; `other`: plasma cells, granulocytes and the rest. */
export const KINDS = ['tumour', 'lymphocyte', 'stroma', 'other'] as const;
export type NucleusKind = (typeof KINDS)[number];

/** The entry of `tumour` in `KINDS`, as columns state it. */
export const TUMOUR = 0;

/** The entry of a nucleus that has none of the classes which a user named. */
export const NOT_NAMED = 255;

/** What a slide is stained for. `he`: hematoxylin and eosin. */
export const MARKERS = ['ki67', 'er', 'pr', 'p53', 'cd3', 'cd8', 'cd138', 'her2', 'pdl1', 'he', 'other'] as const;
export type Marker = (typeof MARKERS)[number];

/** Markers of other cells than tumour cells, and stains without a marker: an index of tumour nuclei would mean nothing. */
const WITHOUT_TUMOUR_INDEX: readonly Marker[] = ['cd3', 'cd8', 'cd138', 'he'];

/** @param marker - null where nobody named one. */
export const hasTumourIndex = (marker: Marker | null): boolean =>
  marker === null || !WITHOUT_TUMOUR_INDEX.includes(marker);

/** Markers of the membranes of tumour cells: where they are named, membranes are measured. */
export const MEMBRANOUS: readonly Marker[] = ['her2', 'pdl1'];

/** @param marker - null or undefined where nobody named one. */
export const isMembranous = (marker: Marker | null | undefined): boolean =>
  marker != null && MEMBRANOUS.includes(marker);
