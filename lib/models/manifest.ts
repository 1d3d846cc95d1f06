import { z } from 'zod';
import { MODALITIES, MODALITY_TABLE, type Modality } from './modalities';

const IN_COLOUR = MODALITIES.filter((name) => MODALITY_TABLE[name].channels === 3);
const Channels = z.union([z.literal(1), z.literal(3)]);
const FileName = z.string().regex(/^[\w.-]+\.onnx$/, 'a file name in the same folder');
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');

const NetworkFile = z.strictObject({ file: FileName, sha256: Sha256 });

/** Every form of a network; see `ModelManifest`. */
const networkFiles = {
  file: FileName,
  sha256: Sha256,
  /** The network cut down to its segmentation, to the same bytes: run where nothing else is wanted. */
  segmentationOnly: NetworkFile.optional(),
  /** The network with 8-bit weights and activations: the one that CPUs run, where it is faster. */
  quantised: NetworkFile.extend({ segmentationOnly: NetworkFile.optional() }).optional(),
};

const MicronsPerPixel = z.number().min(0.05).max(4);
const Views = z
  .array(z.number().min(0.25).max(1))
  .refine((scales) => scales[0] === 1, 'the first view has scale 1')
  .default([1]);

/** A second network, for coarser pictures. All that it does not state is that of the first. */
const CoarseNetwork = z
  .strictObject({
    ...networkFiles,
    micronsPerPixel: MicronsPerPixel,
    views: Views,
    /** The least and the most µm per pixel of the pictures that it is shown; the first network is shown all others. */
    pictures: z.strictObject({ from: MicronsPerPixel, to: MicronsPerPixel }),
  })
  .refine(({ pictures: { from, to } }) => from <= to, '`from` must be no more than `to`');

const Output = z
  .strictObject({
    name: z.string(),
    modality: z.enum(MODALITIES),
    channels: Channels,
    /** A network of its own that gives this output, run only when it is asked for. ONNX Runtime always runs a whole graph. */
    file: FileName.optional(),
    sha256: Sha256.optional(),
    /** What glass looks like in this output. Where it is given, glass is not run through the network. */
    glass: z.array(z.int().min(0).max(255)).optional(),
  })
  .refine((o) => (o.file === undefined) === (o.sha256 === undefined), '`file` and `sha256` go together')
  .refine((o) => o.glass === undefined || o.glass.length === o.channels, '`glass` has a value for every channel');

const OpticalDensity = z.number().min(0).max(3);
const AscendingSteps = z
  .array(OpticalDensity)
  .min(1)
  .refine((steps) => steps.every((step, i) => i === 0 || step > steps[i - 1]!), 'steps must ascend');

/** `model.json`, the description that lies beside every `model.onnx`. */
export const ModelManifest = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
    version: z.string().regex(/^\d+\.\d+\.\d+$/, 'a version like 1.2.3'),
    description: z.string(),
    licence: z.string().min(1),
    ...networkFiles,
    /** Numbers of the network whose file is run; stated in every result, since 8-bit numbers differ between runtimes. */
    precision: z.enum(['float32', 'int8']).default('float32'),
    /** How far the runtime may rewrite the graph: with each level an 8-bit network rounds elsewhere. */
    graphOptimisation: z.enum(['disabled', 'basic', 'extended', 'all']).default('all'),
    /** µm per pixel that the network was trained at; images are resampled to it. */
    micronsPerPixel: MicronsPerPixel,
    coarse: CoarseNetwork.optional(),
    /** `uint8` networks normalise inside their graph; `float32` ones get (value / 255 - mean) / std. */
    input: z.discriminatedUnion('type', [
      z.strictObject({ name: z.string(), layout: z.enum(['nhwc', 'nchw']), type: z.literal('uint8') }),
      z.strictObject({
        name: z.string(),
        layout: z.enum(['nhwc', 'nchw']),
        type: z.literal('float32'),
        mean: z.array(z.number()).length(3),
        std: z.array(z.number().positive()).length(3),
      }),
    ]),
    /**
     * Scales, relative to `micronsPerPixel`, at which the network looks at a picture; the segmentation is the mean of what
     * it sees in all views, every other output what it sees in the first.
     */
    views: Views,
    /** Where it is given, pictures are balanced so before they are inferred: see `lib/imaging/colour/white-balance.ts`. */
    whiteBalance: z
      .strictObject({
        percentile: z.number().min(50).max(100),
        level: z.int().min(128).max(255),
        maxGain: z.number().min(1).max(4),
      })
      .optional(),
    /** Where it is given, the network's second input, by `name`, is the whole picture's staining: see `lib/imaging/colour/staining.ts`. */
    staining: z
      .strictObject({
        name: z.string(),
        tissue: OpticalDensity,
        brown: AscendingSteps,
        blue: AscendingSteps,
        dark: AscendingSteps,
        leastShare: z.number().min(1e-6).max(0.1),
      })
      .optional(),
    /** uint8, NHWC, the input's height and width; `segmentation` must be among them. */
    outputs: z
      .array(Output)
      .refine((outputs) => outputs.some((o) => o.modality === 'segmentation'), 'an output must be the segmentation')
      .refine(
        (outputs) => new Set(outputs.map((o) => o.modality)).size === outputs.length,
        'each modality at most once',
      )
      .refine(
        (outputs) => outputs.every((o) => o.channels === MODALITY_TABLE[o.modality].channels),
        `${IN_COLOUR.join(' and ')} have 3 channels, the others 1`,
      ),
    /**
     * `size`: the largest read region, halo included, holds `size` x `size` pixels; `halo`: context a pixel needs on each
     * side; `edgeHalo`: the same where the picture ends and is reflected; `multiple`: sides must be multiples of it;
     * `fixed`: every read region is exactly `size` x `size`, in the grid of `planFixedTiles` (`lib/imaging/tiles/plan-tiles.ts`).
     */
    tile: z
      .strictObject({
        size: z.int().min(64).max(8192),
        halo: z.int().min(0),
        edgeHalo: z.int().min(0).optional(),
        multiple: z.int().min(1).max(1024),
        fixed: z.boolean().default(false),
      })
      .refine((t) => t.size > 2 * t.halo, 'the halo must leave part of the tile')
      .refine((t) => (t.edgeHalo ?? 0) <= t.halo, 'the halo at an edge must be no larger than elsewhere')
      .refine((t) => t.size % t.multiple === 0, 'the size must be a multiple of `multiple`'),
    defaults: z.strictObject({
      algorithm: z.enum(['watershed', 'deepliif']),
      probThresh: z.int().min(0).max(254),
      sizeThresh: z.union([z.int().min(0), z.literal('auto')]),
      markerThresh: z.union([z.int().min(0).max(255), z.literal('auto'), z.null()]),
    }),
  })
  .refine((m) => !m.tile.fixed || m.views.length === 1, 'tiles of fixed size are seen at scale 1 alone')
  .refine((m) => !m.coarse || !m.quantised === !m.coarse.quantised, 'both networks have an 8-bit copy, or none has')
  .refine(
    (m) => !m.coarse || m.outputs.every(({ file }) => file === undefined),
    'outputs have no file of their own where there are two networks',
  );
export type ModelManifest = z.infer<typeof ModelManifest>;

/** The manifest as a provider sees it: on a CPU the 8-bit networks, where there are any, are the networks. */
export function manifestFor(manifest: ModelManifest, isCpu: boolean): ModelManifest {
  const { coarse, quantised } = manifest;
  if (!isCpu || !quantised) return manifest;
  return {
    ...{ ...manifest, segmentationOnly: undefined, ...quantised, precision: 'int8' },
    ...(coarse && { coarse: { ...coarse, segmentationOnly: undefined, ...coarse.quantised } }),
  };
}

/** The manifest of each network of a model as if it were the only one; the first comes first. */
export function singleNetworks({ coarse, ...first }: ModelManifest): ModelManifest[] {
  if (!coarse) return [first];
  const { pictures, ...network } = coarse;
  return [first, { ...first, segmentationOnly: undefined, quantised: undefined, ...network }];
}

const NO_PICTURES = { from: Number.POSITIVE_INFINITY, to: 0 };

/** The same of the network that pictures of this pixel size are shown to. */
export function networkAt(manifest: ModelManifest, micronsPerPixel: number): ModelManifest {
  const [first, second] = singleNetworks(manifest) as [ModelManifest, ModelManifest?];
  const { from, to } = manifest.coarse?.pictures ?? NO_PICTURES;
  return second && from <= micronsPerPixel && micronsPerPixel <= to ? second : first;
}

/** A network file of a model, and the outputs that it gives. */
export type Network = z.infer<typeof NetworkFile> & { outputs: readonly z.infer<typeof Output>[] };

/** The files of one network: the main one, those of single outputs, and last the one for the segmentation alone. Those of `coarse` are not among them. */
export function networksOf({ file, sha256, outputs, segmentationOnly }: ModelManifest): Network[] {
  const byFile = new Map([
    [file, sha256],
    ...outputs.flatMap((o) => (o.file && o.sha256 ? [[o.file, o.sha256]] : [])),
  ] as [string, string][]);
  const networks: Network[] = [...byFile].map(([name, hash]) => ({
    file: name,
    sha256: hash,
    outputs: outputs.filter((output) => (output.file ?? file) === name),
  }));
  const segmentation = outputs.filter(({ modality }) => modality === 'segmentation');
  return segmentationOnly ? [...networks, { ...segmentationOnly, outputs: segmentation }] : networks;
}

/** The networks that give these modalities, each with the outputs that are wanted of it. */
export function networksFor(manifest: ModelManifest, modalities: readonly Modality[]): Network[] {
  const networks = networksOf(manifest);
  const cut = manifest.segmentationOnly ? networks.pop() : undefined;
  if (cut && modalities.every((modality) => modality === 'segmentation')) return [cut];
  return networks
    .map((network) => ({ ...network, outputs: network.outputs.filter((o) => modalities.includes(o.modality)) }))
    .filter(({ outputs }) => outputs.length > 0);
}
