import { t } from '@/app/_text/t';
import { TOOL_KEYS, type Tool } from '../_pictures/view-settings';

type ToolLook = {
  tool: Tool;
  label: string;
  /** In a box of 20 by 20. */
  icon: string;
  /** Drawn over it, never dashed. */
  sign?: string;
  isDashed?: boolean;
  isFilled?: boolean;
  hint: string;
};

const RING = 'M10 4a6 6 0 1 1-.01 0z';
const PLUS = 'M10 7.5v5M7.5 10h5';
const DRAG = t('Drag a rectangle over the picture.');

/** The tools of the strip in its order, by what they are for. Positive and negative look as their outlines do. */
export const TOOL_GROUPS: readonly { name: string; tools: readonly ToolLook[] }[] = [
  {
    name: t('Move'),
    tools: [
      {
        tool: 'pan',
        label: t('Move the picture'),
        icon: 'M10 2.5v15M2.5 10h15M10 2.5l-2 2M10 2.5l2 2M10 17.5l-2-2M10 17.5l2-2M2.5 10l2-2M2.5 10l2 2M17.5 10l-2-2M17.5 10l-2 2',
        hint: t('Drag to move, scroll or pinch to zoom. Press a nucleus to see what was measured of it.'),
      },
    ],
  },
  {
    name: t('Draw a region'),
    tools: [
      {
        tool: 'regions',
        label: t('Edit regions'),
        icon: 'M5 3l10.5 6-4.7 1.2L8.2 15z',
        hint: t('Press a region to select it, and drag it, its corners or its edges.'),
      },
      { tool: 'rectangle', label: t('Rectangle'), icon: 'M3.5 5.5h13v9h-13z', hint: DRAG },
      {
        tool: 'ellipse',
        label: t('Ellipse'),
        icon: 'M10 5c4 0 6.5 2.2 6.5 5s-2.5 5-6.5 5-6.5-2.2-6.5-5S6 5 10 5z',
        hint: t('Drag from corner to corner.'),
      },
      {
        tool: 'polygon',
        label: t('Polygon'),
        icon: 'M4 8l6-4.5L16.5 8 14 16H6z',
        hint: t('Click each corner. Close on the first one, by a double click, or by Enter.'),
      },
      {
        tool: 'freehand',
        label: t('Freehand'),
        icon: 'M3 14c1.5-7 4-9 5.5-6s-1.5 6 1 6 2.5-6 7.5-7',
        hint: t('Draw around the region without releasing the button.'),
      },
      {
        tool: 'brush',
        label: t('Brush'),
        icon: 'M12 8.5a4.7 4.7 0 1 1-9.4 0 4.7 4.7 0 0 1 9.4 0zM15 12v5.5M12.2 14.7h5.6',
        hint: t('Paint over it. With a region selected, it grows.'),
      },
      {
        tool: 'erase',
        label: t('Erase'),
        icon: 'M12 8.5a4.7 4.7 0 1 1-9.4 0 4.7 4.7 0 0 1 9.4 0zM12.2 14.7h5.6',
        hint: t('Paint over what goes away.'),
      },
    ],
  },
  {
    name: t('Correct a nucleus'),
    tools: [
      { tool: 'flip', label: t('Flip class'), icon: 'M4 7.5h12l-3-3M16 12.5H4l3 3', hint: t('Click a nucleus.') },
      {
        tool: 'delete',
        label: t('Delete nucleus'),
        icon: `${RING}M7.8 7.8l4.4 4.4M12.2 7.8l-4.4 4.4`,
        hint: t('Click a nucleus.'),
      },
      {
        tool: 'addPositive',
        label: t('Add positive'),
        icon: RING,
        sign: PLUS,
        isFilled: true,
        hint: t('Click where its centre should be.'),
      },
      {
        tool: 'addNegative',
        label: t('Add negative'),
        icon: RING,
        sign: PLUS,
        isDashed: true,
        hint: t('Click where its centre should be.'),
      },
      {
        tool: 'split',
        label: t('Split'),
        icon: `${RING}M15.5 2.5l-11 15`,
        hint: t('Draw a line across a nucleus, from edge to edge.'),
      },
      {
        tool: 'join',
        label: t('Join'),
        icon: 'M7 6.5a3.5 3.5 0 1 1-.01 0zM13 6.5a3.5 3.5 0 1 1-.01 0z',
        hint: t('Draw a line from one nucleus to another that touches it.'),
      },
      { tool: 'select', label: t('Select many'), icon: 'M3.5 4.5h13v11h-13z', isDashed: true, hint: DRAG },
    ],
  },
];

/** What to do with the tool in hand; null for those of another panel. */
export const hintOf = (tool: Tool): string | null =>
  TOOL_GROUPS.flatMap(({ tools }) => tools).find((one) => one.tool === tool)?.hint ?? null;

export const keyOf = (tool: Tool): string => TOOL_KEYS[tool];
