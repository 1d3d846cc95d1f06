import { markerHistogram } from '@/lib/imaging/thresholds/marker-threshold';
import { composeTile, copyTile, densityHistogram } from '@/lib/imaging/tiles/compose-tile';
import { buildPyramid, type Pyramid } from '@/lib/imaging/tiles/pyramid';
import { MODALITY_TABLE } from '@/lib/models/modalities';
import { toFailureReply } from '../_loading/failures';
import { refuseUnreadable } from '../_loading/start-worker';
import { fetchPicture } from './fetch-picture';
import { LAYER_NAMES } from './layers';
import type { PictureArgument, PictureReply, PictureRequest, PictureSource, PictureSummary } from './picture-protocol';

/** The worker's side of `self`, without a second set of global types. */
type Port = {
  onmessage: ((event: MessageEvent<PictureRequest>) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage: (reply: PictureReply, transfer?: Transferable[]) => void;
};
const port = self as unknown as Port;
refuseUnreadable(port);

const pictures = new Map<PictureSource, { pyramid: Pyramid; summary: PictureSummary }>();

port.onmessage = ({ data: request }) => {
  const { id } = request;
  const answer = request.name === 'load' ? load(request.argument) : makeTile(request.argument);
  answer.then(
    (value) => port.postMessage({ kind: 'answer', id, value }, value instanceof ImageBitmap ? [value] : []),
    (error) => port.postMessage({ kind: 'failure', id, ...toFailureReply(error) }),
  );
};

async function load({ source, url }: PictureArgument<'load'>): Promise<PictureSummary> {
  const known = pictures.get(source);
  if (known) return known.summary;
  const picture = await fetchPicture(url, source === 'original' ? 3 : MODALITY_TABLE[source].channels);
  const { width, height } = picture;
  const isStained = source !== 'original' && picture.channels === 3;
  const histogram = isStained ? densityHistogram(picture) : markerHistogram(picture);
  const summary = { width, height, histogram };
  pictures.set(source, { pyramid: buildPyramid(picture), summary });
  return summary;
}

async function makeTile({ halvings, part, shown }: PictureArgument<'tile'>): Promise<ImageBitmap> {
  return createImageBitmap(new ImageData(pixelsOf({ halvings, part, shown }), part.width, part.height));
}

function pixelsOf({ halvings, part, shown }: PictureArgument<'tile'>) {
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
