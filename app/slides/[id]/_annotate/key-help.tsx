import { TOOLS } from '@/app/_annotate/tools';
import { t } from '@/app/_text/t';

const KEYS: readonly { keys: string; what: string }[] = [
  {
    keys: TOOLS.map(({ key }) => key).join(' '),
    what: t('select and move, rectangle, ellipse, polygon, freehand, brush, erase'),
  },
  { keys: t('Arrows'), what: t('move the slide below the cross; with Alt finely') },
  { keys: t('Enter'), what: t('begins and ends a stroke at the cross, sets a corner, selects') },
  { keys: 'C', what: t('closes a polygon; Backspace drops its last corner') },
  { keys: t('[ and ]'), what: t('the size of the brush; or the corner before and after') },
  { keys: t('Ctrl and arrows'), what: t('move what is selected, or the corner') },
  { keys: t('Delete'), what: t('deletes it') },
  { keys: 'Ctrl+Z, Ctrl+Y', what: t('undo, redo') },
];

/** How regions are drawn without a pointer. */
export function KeyHelp() {
  return (
    <details className="text-sm">
      <summary className="min-h-9 cursor-pointer py-1.5">{t('Keys, with the focus on the slide')}</summary>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        {KEYS.map(({ keys, what }) => (
          <div key={keys} className="contents">
            <dt className="text-muted">{keys}</dt>
            <dd className="text-pretty">{what}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
