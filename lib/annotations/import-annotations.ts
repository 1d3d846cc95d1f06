import { type Annotation, type AnnotationClass, MAX_ANNOTATION_VERTICES } from '@/lib/contracts/annotation';
import { annotationsOf } from '@/lib/contracts/annotation-files';
import { wholeText } from '@/lib/contracts/whole-text';
import { describeSkipped, readRegions } from '@/lib/exchange/read-regions';
import { clipTo, untangled } from './clip';
import { createAnnotation } from './create-annotation';
import { areaOf, type Box, openRings } from './points';
import { isTrueShape } from './shapes';

/**
 * Reads the regions of a file of QuPath, ImageScope or Restain. They are cut to the slide, and freed of lines that cross.
 *
 * @param unclassified - the class of regions that have none
 * @returns a string with the reason when none can be used; `words` says what was done
 */
export function importAnnotations(
  text: string,
  { slide, unclassified }: { slide: Box; unclassified: AnnotationClass },
): { annotations: Annotation[]; words: string } | string {
  const file = readRegions(text, MAX_ANNOTATION_VERTICES);
  if (typeof file === 'string') return file;
  if (file.coordinates === 'image')
    return 'its coordinates count pixels of a picture that was analysed. Export it with coordinates of the slide.';
  const { annotations, unknown } = annotationsOf(file, unclassified);
  let [cut, outside] = [0, 0];
  const kept = annotations.flatMap((region): Annotation[] => {
    const isBox = region.shape !== 'polygon' && isTrueShape(region.shape, open(region));
    const whole = isBox ? open(region) : untangled(region.polygons);
    const polygons = clipTo(whole, slide);
    if (polygons.length === 0) {
      outside++;
      return [];
    }
    if (areaOf(polygons) < areaOf(whole) - 1) cut++;
    const shape = isBox && polygons === whole ? region.shape : 'polygon';
    return [createAnnotation({ ...region, polygons, shape })];
  });
  const size = `${wholeText(slide.x1)} x ${wholeText(slide.y1)} px`;
  if (kept.length === 0)
    return `none of its ${annotations.length} regions encloses a part of the slide, which is ${size}.`;
  const parts = [
    `${kept.length} ${kept.length === 1 ? 'annotation' : 'annotations'} imported.`,
    outside > 0 && `${outside} without area on the slide ${outside === 1 ? 'is' : 'are'} left out.`,
    cut > 0 && `${cut} ${cut === 1 ? 'is' : 'are'} cut at the edge of the slide.`,
    unknown.length > 0 && `Classes that are not known here became Other, and stay in the name: ${unknown.join(', ')}.`,
    describeSkipped(file),
  ];
  return { annotations: kept, words: parts.filter(Boolean).join(' ') };
}

/** Shapes are drawn with open rings; files close them. */
const open = ({ polygons }: Pick<Annotation, 'polygons'>) => openRings(polygons);
