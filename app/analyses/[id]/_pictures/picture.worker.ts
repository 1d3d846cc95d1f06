import { serveCalls } from '@/app/_loading/worker-rpc';
import { markerHistogram } from '@/lib/imaging/thresholds/marker-threshold';
import { composeTile, copyTile, densityHistogram } from '@/lib/imaging/tiles/compose-tile';
import { buildPyramid, type Pyramid } from '@/lib/imaging/tiles/pyramid';
import { MODALITY_TABLE } from '@/lib/models/modalities';
import { fetchPicture } from './fetch-picture';
import { LAYER_NAMES } from './layers';
import type { PictureCalls, PictureSource, PictureSummary } from './picture-protocol';

const pictures = new Map<PictureSource, { pyramid: Pyramid; summary: PictureSummary }>();

serveCalls<PictureCalls>({ load, tile: makeTile }, { tile: (bitmap) => [bitmap] });

async function load({ source, ...from }: PictureCalls['load']['argument']): Promise<PictureSummary> {
  const known = pictures.get(source);
  if (known) return known.summary;
  const channels = source === 'original' ? 3 : MODALITY_TABLE[source].channels;
  const picture = 'picture' in from ? from.picture : await fetchPicture(from.url, channels);
  const { width, height } = picture;
  const isStained = source !== 'original' && picture.channels === 3;
  const histogram = isStained ? densityHistogram(picture) : markerHistogram(picture);
  const summary = { width, height, histogram };
  pictures.set(source, { pyramid: buildPyramid(picture), summary });
  return summary;
}

async function makeTile({ halvings, part, shown }: PictureCalls['tile']['argument']): Promise<ImageBitmap> {
  return createImageBitmap(new ImageData(pixelsOf({ halvings, part, shown }), part.width, part.height));
}

function pixelsOf({ halvings, part, shown }: PictureCalls['tile']['argument']) {
  if (typeof shown === 'string') {
    const picture = pictures.get(shown);
    if (!picture) throw new Error('This picture is not loaded yet.');
    const level = picture.pyramid[halvings];
    if (!level)
      throw new RangeError(`The picture has ${picture.pyramid.length} levels; level ${halvings} was asked for.`);
    return copyTile(level, part);
  }
  const channels = LAYER_NAMES.flatMap((name) => {
    const plane = pictures.get(name)?.pyramid[halvings];
    return plane && shown[name].isShown ? [{ plane, layer: shown[name] }] : [];
  });
  return composeTile(channels, part);
}
