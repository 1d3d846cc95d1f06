import type { importAnnotations } from '@/lib/annotations/import-annotations';
import type { ErrorData } from '@/lib/errors';
import type { ListOptions } from '@/lib/exchange/cells';
import type { measureCell } from '@/lib/exchange/measure-cell';
import type { CellLook } from '@/lib/exchange/merge-looks';
import type { StatedSummary } from '@/lib/exchange/score-summary';
import type { SlideList } from '@/lib/exchange/slide-lists';
import type { PackedFile } from '@/lib/exports/archive';
import type { DocumentRequest } from '@/lib/exports/documents';
import type { ExportedResult } from '@/lib/exports/exported-result';
import type { PictureWindow, Raster } from '@/lib/imaging/raster';
import type { MapPart } from '@/lib/imaging/tiles/map-planes';
import type { PictureTile } from '@/lib/imaging/tiles/picture-tiles';
import type { FoundTissue, SlideBox } from '@/lib/imaging/tissue/tissue-of-picture';
import type { TileWork } from '@/lib/inference/infer-tile';
import type { PictureFacts } from '@/lib/inference/picture-facts';
import type { ModelManifest } from '@/lib/models/manifest';
import type { Band, BandNuclei } from '@/lib/scoring/find/band-nuclei';
import type { CellRules, CellSearch } from '@/lib/scoring/find/cell-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { ImageScore, Scene, ScoringRequest } from '@/lib/scoring/score-image';
import type { ScaleLook } from '@/lib/scoring/scores/propose-resolution';
import type { SlideCorrection } from '@/lib/scoring/slide/correct-nuclei';
import type { ReportedArea, SlideReport } from '@/lib/scoring/slide/report-slide';
import type { SlideFacts, SlideSettings } from '@/lib/scoring/slide/score-slide';
import type { SlideCell } from '@/lib/scoring/slide/slide-nuclei';

/** ONNX Runtime execution providers, in the order they are tried. */
export const PROVIDERS = ['cuda', 'webgpu', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** A model for a worker: its folder, its checked manifest and the provider that runs it. */
export type ModelRef = { folder: string; manifest: ModelManifest; provider: Provider };

/** A task of the pool: its name in `inference.worker.ts`, its payload and its result. */
export type Task<Payload, Result> = { name: string; readonly _types?: (payload: Payload) => Result };

export type Payload<T> = T extends Task<infer P, unknown> ? P : never;

const task = <Payload, Result>(name: string): Task<Payload, Result> => ({ name });

/** Opens a session, checks its inputs and outputs against the manifest and runs one small tile. */
export const openModel = task<{ model: ModelRef }, { warmUpMs: number }>('openModel');

/** Measures the whole image where the model needs it: its white, unless that is known, and its staining. */
export const describePicture = task<
  { image: Raster; manifest: ModelManifest; gains?: readonly number[] | null },
  PictureFacts
>('describePicture');

/**
 * Reads one tile from the image, infers it and writes its part of every output.
 * Image and outputs are in shared memory. Tiles write disjoint regions.
 */
export const inferTile = task<TileWork & { model: ModelRef }, { isGlass: boolean }>('inferTile');

/** Looks for nuclei in a part of a picture, which is in shared memory, as if it had this pixel size. */
export const lookAtScale = task<{ model: ModelRef; image: Raster; micronsPerPixel: number }, ScaleLook>('lookAtScale');

/** Tiles of a kept slide, of one size. `into`: where the RGB pixels of each go, in shared memory. */
export type TilesToDecode = {
  tiles: readonly { jpeg: Uint8Array; into: Uint8Array }[];
  size: { width: number; height: number };
};

/** Decodes tiles of a kept slide. The result says whether each is sound. */
export const decodeTiles = task<TilesToDecode, boolean[]>('decodeTiles');

/** A tile of a slide of which segmentation and, where the model has one, marker are wanted. */
export type MapWork = Omit<TileWork, 'outputs'> & {
  model: ModelRef;
  /** They are pasted into the image first. */
  tiles: readonly PictureTile[];
  /** In shared memory: the planes of what the tile owns (`splitPlanes`) are written here. */
  planes: Uint8Array;
  /** In shared memory, of `packedLimit`: what the storage keeps of them. */
  packed: Uint8Array;
};

/** Infers the maps of one tile of a slide, and packs them (`packPlanes`). The result is how many bytes these are. */
export const inferMaps = task<MapWork, number>('inferMaps');

/** More than Brotli makes of so many bytes, whatever they are. */
export const packedLimit = (bytes: number): number => bytes + (bytes >> 10) + 1024;

/** Unpacks maps as `inferMaps` packed them, into shared memory. The result is false for bytes that are none. */
export const unpackMaps = task<{ packed: Uint8Array; planes: Uint8Array }, boolean>('unpackMaps');

/** The search in a cell of a slide, and the part of the maps that it sees. */
export type CellTask = {
  maps: MapPart;
  /** They are pasted into the image of the search first. */
  tiles: readonly PictureTile[];
  search: Omit<CellSearch, 'segmentation' | 'marker'>;
  rules: CellRules;
  cell: SlideCell;
};

/** Looks for the nuclei of a cell of a slide in a part of its maps. Maps and picture are in shared memory. */
export const findCell = task<CellTask, CellLook>('findCell');

/** All looks at a cell, and the pixels in which nuclei were looked for. */
export type MembraneTask = {
  looks: readonly Pick<CellLook, 'bytes' | 'isOwn' | 'firstPixels'>[];
  /** They are pasted into the image first. */
  tiles: readonly PictureTile[];
  image: PictureWindow;
  micronsPerPixel: number;
  gains: readonly number[];
};

/** Measures the membranes of a cell of a slide, and writes its files; or says where more nuclei must be looked for. */
export const measureCellMembranes = task<MembraneTask, ReturnType<typeof measureCell>>('measureCellMembranes');

/** The files of a slide's cells, in shared memory, and what numbers are made of besides. */
export type ReportWork = {
  cells: readonly Uint8Array[];
  facts: SlideFacts;
  areas: readonly ReportedArea[];
  settings: SlideSettings & { corrections: readonly SlideCorrection[] };
};

/** The same for lists of nuclei. */
export type ListWork = Omit<ReportWork, 'areas'> & {
  /** Whether the features of all nuclei are wanted. */
  hasFeatures: boolean;
  regions: readonly { name: string; polygons: readonly Polygon[] }[];
};

/** Joins the nuclei of a slide, gates and grades them, and names the regions that they lie in. */
export const listCells = task<ListWork, SlideList>('listCells');

/** Makes all numbers of a slide. */
export const reportSlide = task<ReportWork, SlideReport>('reportSlide');

export type ScoreNucleiPayload = {
  scene: Scene;
  request: ScoringRequest;
  /** The nuclei that were found before; null = they are found now. */
  bands: BandNuclei[] | null;
  /** Shared-memory RGB pictures to draw into; null = not wanted. */
  overlay: Raster | null;
  refined: Raster | null;
  /** What is listed of the nuclei that count; null = nothing. */
  lists: ListOptions | null;
};

export type ScoredPicture = {
  score: ImageScore;
  /** JSON of `writeLists`, in shared memory; null = not wanted. */
  lists: Uint8Array | null;
};

/** Finds the nuclei of one band of a scene, which is in shared memory. */
export const findBand = task<{ scene: Scene; band: Band; options: SegmentOptions }, BandNuclei[]>('findBand');

/** Finds the tissue in a picture of a whole slide, which is in shared memory, and the cores of a tissue microarray. */
export const findTissue = task<
  {
    picture: Raster;
    micronsPerPixel: number;
    slide: { width: number; height: number };
    damaged: readonly SlideBox[];
  },
  FoundTissue
>('findTissue');

/** Makes numbers and pictures of maps. */
export const scoreNuclei = task<ScoreNucleiPayload, ScoredPicture>('scoreNuclei');

/** The maps and options by which the nuclei of a stored result are found. */
export type StoredScene = { scene: Scene; request: ScoringRequest; bands: BandNuclei[] | null };

export type DocumentWork = DocumentRequest & {
  /** `summary` is null where it must be computed. */
  exported: Omit<ExportedResult, 'summary'> & { summary: StatedSummary | null };
  /** null where neither nuclei nor a summary are needed. */
  scored: StoredScene | null;
  /** As JPEG; null where no report is wanted. */
  reportPicture: Uint8Array | null;
};

/** Makes the one file of a stored result that is wanted, in shared memory. */
export const writeDocument = task<DocumentWork, Uint8Array>('writeDocument');

/** Makes files of a stored result and compresses them for an archive, in shared memory. */
export const packDocuments = task<DocumentWork, PackedFile[]>('packDocuments');

/** The answer of a worker. Errors are data, since their class does not survive the way between threads. */
export type TaskReply<Result> = { ok: true; value: Result } | { ok: false; error: ErrorData };

/** A request to `regions.worker.ts`: a file of annotations, and the slide that they are on. */
export type RegionsPayload = { text: string } & Parameters<typeof importAnnotations>[1];
export type RegionsReply = ReturnType<typeof importAnnotations>;

/** A request to `heic.worker.ts`: the size of the file's primary picture, or its pixels, too. */
export type HeicPayload = { bytes: Uint8Array; wantsPixels: boolean; maxPixels: number };

/** Numbers of ISO/IEC 23091-2 for primaries and a transfer curve. */
export type ColourCodes = { primaries: number; transfer: number };

export type HeicPixels = {
  /** 8 bits a sample, row by row, RGBA or RGB. */
  samples: Uint8Array;
  channels: 3 | 4;
  isPremultiplied: boolean;
  profile: Uint8Array | null;
  codes: ColourCodes | null;
};

export type HeicReply =
  | { ok: true; width: number; height: number; pixels: HeicPixels | null }
  | { ok: false; fault: 'damaged' | 'unsupported'; reason: string };
