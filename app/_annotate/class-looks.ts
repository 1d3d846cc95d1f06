import { t } from '@/app/_text/t';
import type { AnnotationClass } from '@/lib/contracts/annotation';

export type ClassLook = {
  name: string;
  /** Shown beside the colour, which is never the only sign. */
  letter: string;
  /** Of Okabe and Ito's palette, which people with any colour blindness tell apart. */
  colour: string;
  /** Lengths of strokes and gaps in CSS pixels; none: a solid line. */
  dash: readonly number[];
  width: number;
  /** Opacity; 1 where it is left out. */
  alpha?: number;
};

/** How each class is drawn, and what it is called. @see Okabe and Ito 2008, jfly.uni-koeln.de/color */
export const CLASS_LOOKS: Record<AnnotationClass, ClassLook> = {
  tumour: { name: t('Tumour'), letter: 'T', colour: '#d55e00', dash: [], width: 3 },
  stroma: { name: t('Stroma'), letter: 'S', colour: '#009e73', dash: [14, 5], width: 2.5 },
  necrosis: { name: t('Necrosis'), letter: 'N', colour: '#f0e442', dash: [14, 4, 3, 4], width: 2.5 },
  other: { name: t('Other'), letter: 'O', colour: '#56b4e9', dash: [3, 4], width: 2.5 },
  ignore: { name: t('Ignore'), letter: 'X', colour: '#ffffff', dash: [7, 5], width: 2.5 },
  tissue: { name: t('Tissue'), letter: 'Ti', colour: '#cc79a7', dash: [], width: 1.5 },
};

export const lookOfClass = ({ class: name }: { class: AnnotationClass }): ClassLook => CLASS_LOOKS[name];
