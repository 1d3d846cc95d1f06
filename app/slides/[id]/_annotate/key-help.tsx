import { TOOLS } from '@/app/_annotate/tools';

const KEYS: readonly { keys: string; what: string }[] = [
  { keys: TOOLS.map(({ key }) => key).join(' '), what: TOOLS.map(({ label }) => label.toLowerCase()).join(', ') },
  { keys: 'Arrows', what: 'move the slide below the cross; with Alt finely' },
  { keys: 'Enter', what: 'begins and ends a stroke at the cross, sets a corner, selects' },
  { keys: 'C', what: 'closes a polygon; Backspace drops its last corner' },
  { keys: '[ and ]', what: 'the size of the brush; or the corner before and after' },
  { keys: 'Ctrl and arrows', what: 'move what is selected, or the corner' },
  { keys: 'Delete', what: 'deletes it' },
  { keys: 'Ctrl+Z, Ctrl+Y', what: 'undo, redo' },
];

/** How regions are drawn without a pointer. */
export function KeyHelp() {
  return (
    <details className="text-sm">
      <summary className="min-h-9 cursor-pointer py-1.5">Keys, with the focus on the slide</summary>
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
