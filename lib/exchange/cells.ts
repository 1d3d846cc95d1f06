import type { NucleusKind } from '@/lib/scoring/classify/kinds';
import { type PictureFrame, toFrame } from './coordinate-frame';
import type { CellMembrane, ExportedNucleus } from './nuclei';
import { describeObjects, type GeojsonClasses } from './qupath-geojson';

type Pair = [x: number, y: number];

/** Optical densities are those of DAB. */
type StatedMembrane = { completeness: number; od: number; cytoplasm_od: number };

/** One nucleus with the API's field names. */
export type StatedCell = {
  id: number;
  centroid: Pair;
  positive: boolean;
  kind: NucleusKind;
  kind_likelihood: number;
  class_name?: string;
  membrane?: StatedMembrane;
  area_px: number;
  area_um2: number;
  marker_max: number;
  marker_mean: number;
  od_mean: number;
  bbox: [x0: number, y0: number, x1: number, y1: number];
  contour: Pair[];
  holes?: Pair[][];
};

/** Lists of nuclei that an answer can have. */
export const INCLUDES = ['cells', 'geojson'] as const;
export type Include = (typeof INCLUDES)[number];

export type ListOptions = {
  include: readonly Include[];
  frame: PictureFrame;
  classes: GeojsonClasses;
  /** How kinds were told. */
  kindsMadeBy?: string;
};

/** JSON of an object with one list for each entry of `include`. */
export function writeLists(
  nuclei: readonly ExportedNucleus[],
  micronsPerPixel: number /** Of the picture. */,
  { include, ...options }: ListOptions,
): string {
  return JSON.stringify({
    ...(include.includes('cells') && { cells: describeCells(nuclei, options.frame) }),
    ...(include.includes('geojson') && { geojson: describeObjects(nuclei, [], { ...options, micronsPerPixel }) }),
  });
}

const stateMembrane = ({ completeness, density, cytoplasm }: CellMembrane): StatedMembrane => ({
  completeness: round(completeness, 3),
  od: round(density, 4),
  cytoplasm_od: round(cytoplasm, 4),
});

const round = (value: number, digits: number) => Number(value.toFixed(digits));

export function describeCells(nuclei: readonly ExportedNucleus[], frame: PictureFrame): StatedCell[] {
  const place = (x: number, y: number, digits = 4): Pair => {
    const [frameX, frameY] = toFrame(frame, x, y);
    return [round(frameX, digits), round(frameY, digits)];
  };
  return nuclei.map((nucleus) => {
    const [x0, y0, x1, y1] = nucleus.bbox;
    const [contour = [], ...holes] = nucleus.outline.joined.map((ring) =>
      ring.slice(0, -1).map(([x, y]) => place(x, y)),
    );
    return {
      id: nucleus.id,
      centroid: place(nucleus.x, nucleus.y, 2),
      positive: nucleus.isPositive,
      kind: nucleus.details.kind,
      kind_likelihood: round(nucleus.details.kindLikelihood, 3),
      ...(nucleus.details.className !== null && { class_name: nucleus.details.className }),
      ...(nucleus.details.membrane && { membrane: stateMembrane(nucleus.details.membrane) }),
      area_px: nucleus.areaPx,
      area_um2: round(nucleus.areaUm2, 2),
      marker_max: nucleus.markerMax,
      marker_mean: round(nucleus.markerMean, 2),
      od_mean: round(nucleus.odMean, 4),
      bbox: [...place(x0, y0), ...place(x1, y1)],
      contour,
      ...(holes.length > 0 && { holes }),
    };
  });
}
