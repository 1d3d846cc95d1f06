/** A channel of an OME-TIFF: one page. */
export type OmeChannel = {
  readonly name: string;
  /** 3 = red, green and blue of one picture. */
  readonly samples: 1 | 3;
  /** In which viewers show it. */
  readonly colour?: readonly [red: number, green: number, blue: number];
};

export type OmeImage = {
  readonly name: string;
  readonly type: 'uint8' | 'float';
  readonly width: number;
  readonly height: number;
  /** Of a pixel. */
  readonly micronsPerPixel: number;
  /** Its upper left corner, in its own pixels. */
  readonly place?: { readonly x: number; readonly y: number };
  readonly channels: readonly OmeChannel[];
};

/** Escaped so that the text stays ASCII. */
const inXml = (text: string) => text.replace(/[<>&"]|[^\x20-\x7e]/gu, (letter) => `&#${letter.codePointAt(0)};`);

/**
 * The description of an OME-TIFF whose pages are the channels of its images, in their order.
 *
 * @param facts - words by their names, which say what else is to be known of the images
 * @see https://www.openmicroscopy.org/Schemas/OME/2016-06/
 */
export function describeOme(
  images: readonly OmeImage[],
  facts: Readonly<Record<string, string | number>> = {},
): string {
  let page = 0;
  const described = images.map((image, index) => {
    const first = page;
    page += image.channels.length;
    return describeImage(image, index, first, Object.keys(facts).length > 0);
  });
  return `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" Creator="Restain">${described.join('')}${describeFacts(facts)}</OME>`;
}

function describeImage(image: OmeImage, index: number, firstPage: number, hasFacts: boolean): string {
  const { name, type, width, height, micronsPerPixel, place, channels } = image;
  const firstOf = (i: number) => channels.slice(0, i).reduce((sum, { samples }) => sum + samples, 0);
  const sizes = `SizeX="${width}" SizeY="${height}" SizeZ="1" SizeC="${firstOf(channels.length)}" SizeT="1"`;
  const unit = (axis: string) => `PhysicalSize${axis}="${micronsPerPixel}" PhysicalSize${axis}Unit="${inXml('µm')}"`;
  const listed = channels.map(({ name: called, samples, colour }, i) => {
    // A signed number of 32 bits: red, green, blue, and how opaque it is.
    const [red, green, blue] = colour ?? [];
    const shown = red === undefined ? '' : ` Color="${(red << 24) | ((green ?? 0) << 16) | ((blue ?? 0) << 8) | 255}"`;
    return `<Channel ID="Channel:${index}:${i}" Name="${inXml(called)}" SamplesPerPixel="${samples}"${shown}/>`;
  });
  const pages = channels.map((_, i) => `<TiffData FirstC="${firstOf(i)}" IFD="${firstPage + i}" PlaneCount="1"/>`);
  const planes = place ? channels.map((_, i) => describePlace(firstOf(i), place, micronsPerPixel)) : [];
  return (
    `<Image ID="Image:${index}" Name="${inXml(name)}">` +
    `<Pixels ID="Pixels:${index}" DimensionOrder="XYZCT" Type="${type}" ${sizes} ${unit('X')} ${unit('Y')}>` +
    `${listed.join('')}${pages.join('')}${planes.join('')}</Pixels>` +
    `${hasFacts ? '<AnnotationRef ID="Annotation:0"/>' : ''}</Image>`
  );
}

function describePlace(channel: number, { x, y }: { x: number; y: number }, micronsPerPixel: number): string {
  const unit = inXml('µm');
  const [left, top] = [x, y].map((at) => at * micronsPerPixel);
  return `<Plane TheZ="0" TheT="0" TheC="${channel}" PositionX="${left}" PositionXUnit="${unit}" PositionY="${top}" PositionYUnit="${unit}"/>`;
}

function describeFacts(facts: Readonly<Record<string, string | number>>): string {
  const entries = Object.entries(facts).map(([name, value]) => `<M K="${inXml(name)}">${inXml(String(value))}</M>`);
  if (entries.length === 0) return '';
  return `<StructuredAnnotations><MapAnnotation ID="Annotation:0" Namespace="restain"><Value>${entries.join('')}</Value></MapAnnotation></StructuredAnnotations>`;
}
