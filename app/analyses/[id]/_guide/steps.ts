import { t } from '@/app/_text/t';
import type { ResultModel } from '../_result/result-store';

export type Step = {
  /** The control that it speaks of has this as its `data-guide`. */
  name: 'score' | 'outlines' | 'views' | 'flip' | 'adjust' | 'hotSpot' | 'tumour' | 'save';
  /** On a narrow screen the sheet shows this tab. None: the control is on the stage, or always in sight. */
  tab?: 'Score' | 'Adjust' | 'Regions';
  isOnStage?: boolean;
  title: string;
  text: string;
  /** What can be done for real, and what is said once it is done. */
  task?: { ask: string; done: string; watch: (state: ResultModel) => unknown };
  isThere?: (state: ResultModel) => boolean;
};

const mayEdit = ({ analysis }: ResultModel) => analysis.may_edit;

/** What a reader must know of a result, in the order in which it is checked. */
export const STEPS: readonly Step[] = [
  {
    name: 'score',
    title: t('The number, and how sure it is'),
    text: t(
      'The labeling index is the share of positive nuclei among all counted ones. The 95 % interval is what chance alone can do to it: the fewer nuclei, the wider.',
    ),
  },
  {
    name: 'outlines',
    isOnStage: true,
    title: t('Every counted nucleus has an outline'),
    text: t(
      'Solid and filled is positive, thin and dashed is negative; a nucleus without a line does not count. The number is as right as these lines are.',
    ),
    task: {
      ask: t('Press Outlines to see what lies beneath.'),
      done: t('Done. Press it again to bring the lines back.'),
      watch: ({ view }) => view.outlines.isShown,
    },
  },
  {
    name: 'views',
    isOnStage: true,
    title: t('Only the original was measured'),
    text: t(
      'A network infers the other pictures from it, as immunofluorescence would show them. They say why a nucleus was called positive, and they can be wrong.',
    ),
    task: {
      ask: t('Choose Inferred, or Swipe to compare.'),
      done: t('Done. Any view can stay on while you work.'),
      watch: ({ view }) => view.mode,
    },
  },
  {
    name: 'flip',
    isOnStage: true,
    title: t('Correct what is wrong'),
    text: t(
      'Where a nucleus has the wrong class, your eye decides: a click flips it, the number follows, and the report says how many were corrected.',
    ),
    task: {
      ask: t('Take this tool, then click a nucleus in the picture.'),
      done: t('Done: the number has followed. Undo takes it back.'),
      watch: ({ parameters }) => parameters.corrections.length,
    },
    isThere: mayEdit,
  },
  {
    name: 'adjust',
    tab: 'Adjust',
    title: t('When many are wrong in the same way'),
    text: t(
      'A threshold decides for the whole picture: what is a nucleus, which sizes count, how much marker is positive. The curve shows how many lie to either side.',
    ),
    task: {
      ask: t('Move a slider. Outlines and numbers follow; Reset goes back.'),
      done: t('Done: outlines and numbers have followed.'),
      watch: ({ parameters: { probThresh, sizeThresh, sizeThreshUpper, markerThresh } }) =>
        [probThresh, sizeThresh, sizeThreshUpper, markerThresh].join(),
    },
    isThere: mayEdit,
  },
  {
    name: 'hotSpot',
    tab: 'Regions',
    title: t('Say where to count'),
    text: t(
      'Without a region the whole picture counts. A hot spot is the field with the highest index, so it always reads higher: report which of the two you used.',
    ),
    task: {
      ask: t('Press Find hot spot, or draw a region with the tools on the picture.'),
      done: t('Done: only this region counts now. Delete it to count everywhere.'),
      watch: ({ parameters }) => parameters.regions.length,
    },
    isThere: mayEdit,
  },
  {
    name: 'tumour',
    tab: 'Score',
    title: t('Tumour nuclei beside all nuclei'),
    text: t(
      'Lymphocytes and stroma dilute an index, so tumour nuclei are counted a second time. Their kind is told by their look and can be taught, and the interval does not cover that doubt.',
    ),
    isThere: ({ live }) => live !== null && live.numbers.tumour !== null,
  },
  {
    name: 'save',
    title: t('What is kept, and what leaves'),
    text: t(
      'This button writes the final pictures and numbers on this server; files that you download are made from the same. Nothing is sent elsewhere, and whoever has the link can open the result until it is deleted.',
    ),
    task: {
      ask: t('Save, if you changed something.'),
      done: t('Saved on this server.'),
      watch: ({ analysis }) => analysis.result?.revision,
    },
    isThere: mayEdit,
  },
];
