import { t } from '@/app/_text/t';
import type { Tool } from './editing/draft';

/** The tools in the order of the bar, each with the letter that takes it in hand. */
export const TOOLS: readonly { tool: Tool; label: string; key: string; icon: string }[] = [
  { tool: 'select', label: t('Select and move'), key: 'V', icon: 'M5 3l10.5 6-4.7 1.2L8.2 15z' },
  { tool: 'rectangle', label: t('Rectangle'), key: 'R', icon: 'M3.5 5.5h13v9h-13z' },
  {
    tool: 'ellipse',
    label: t('Ellipse'),
    key: 'E',
    icon: 'M10 5c4 0 6.5 2.2 6.5 5s-2.5 5-6.5 5-6.5-2.2-6.5-5S6 5 10 5z',
  },
  { tool: 'polygon', label: t('Polygon'), key: 'P', icon: 'M4 8l6-4.5L16.5 8 14 16H6z' },
  { tool: 'freehand', label: t('Freehand'), key: 'D', icon: 'M3 14c1.5-7 4-9 5.5-6s-1.5 6 1 6 2.5-6 7.5-7' },
  {
    tool: 'brush',
    label: t('Brush'),
    key: 'B',
    icon: 'M12 8.500a4.7 4.7 0 1 1-9.4 0 4.7 4.7 0 0 1 9.4 0zM15 12v5.500M12.2 14.700h5.6',
  },
  {
    tool: 'erase',
    label: t('Erase'),
    key: 'X',
    icon: 'M12 8.500a4.7 4.7 0 1 1-9.4 0 4.7 4.7 0 0 1 9.4 0zM12.2 14.700h5.6',
  },
];

/** The tool of a key, in whichever case. */
export const toolOfKey = (key: string): Tool | undefined =>
  TOOLS.find((one) => one.key.toLowerCase() === key.toLowerCase())?.tool;
