import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { KINDS, type NucleusKind } from '@/lib/scoring/classify/kinds';

const KIND_COLOURS: Record<NucleusKind, string> = {
  tumour: '#ff5d8f',
  lymphocyte: '#9b8cff',
  stroma: '#3fd08a',
  other: '#e0c080',
};
/** Of the classes that a user names, in turn. */
const OWN_COLOURS = ['#00d5ff', '#ffd400', '#ff8c1a', '#c6ff3d', '#ff4dff', '#66b3ff', '#ffffff', '#b0b0b0'];
const NONE = 255;

export const colourOfKind = (kind: NucleusKind): string => KIND_COLOURS[kind];
export const colourOfOwn = (entry: number): string => OWN_COLOURS[entry % OWN_COLOURS.length] ?? '#ffffff';

/** The colour of a nucleus by its class, or its kind where nobody named a class. */
export function colourOfClass({ kind, named }: NucleusKinds, k: number): string {
  const entry = named?.entry[k] ?? NONE;
  return entry === NONE ? colourOfKind(KINDS[kind[k] ?? 0] ?? 'other') : colourOfOwn(entry);
}
