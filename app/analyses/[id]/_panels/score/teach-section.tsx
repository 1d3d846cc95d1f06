import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import type { ClassLimits } from '@/lib/scoring/classify/calibrate-classes';
import { FEWEST_EXAMPLES } from '@/lib/scoring/classify/feature-names';
import { KINDS } from '@/lib/scoring/classify/kinds';
import { findUnsure } from '@/lib/scoring/classify/propose-nucleus';
import { ToolButton } from '../../_parts/tool-button';
import { colourOfKind, colourOfOwn } from '../../_preview/class-colours';
import { useResult, useResultActions } from '../../_result/result-context';
import type { TeachAs } from '../../_result/result-store';
import { ClassForm } from './class-form';
import { ClassifierFile } from './classifier-file';

const KIND_NAMES = { tumour: 'Tumour', lymphocyte: 'Lymphocyte', stroma: 'Stroma', other: 'Other' } as const;

/** Kinds and classes taught by clicks: choose what a nucleus is, then press on some. */
export function TeachSection() {
  const teaching = useResult((state) => state.parameters.teaching);
  const classifier = useResult((state) => state.parameters.classifier);
  const takenBack = useResult((state) => state.untaught.length);
  const teachAs = useResult((state) => state.teachAs);
  const note = useResult((state) => state.teachingNote);
  const limits = useResult((state) => state.live?.numbers.taught?.limits ?? null);
  const actions = useResultActions();
  const { clicks } = teaching;
  const own = [
    ...(classifier?.classes ?? []),
    ...teaching.classes.filter(({ name }) => !classifier?.classes.some((of) => of.name === name)),
  ];
  const choices: { label: string; what: TeachAs; colour?: string }[] = [
    ...KINDS.map((name) => ({ label: KIND_NAMES[name], what: { name }, colour: colourOfKind(name) })),
    ...own.map(({ name }, entry) => ({ label: name, what: { name }, colour: colourOfOwn(entry) })),
    { label: 'Positive', what: { positive: true } },
    { label: 'Negative', what: { positive: false } },
  ];
  return (
    <PanelSection
      title="Teach"
      aside={
        <div className="flex gap-1.5">
          <button
            type="button"
            aria-label="Undo teaching"
            disabled={clicks.length === 0}
            onClick={actions.undoTeaching}
            className={TEXT_BUTTON}
          >
            Undo
          </button>
          <button
            type="button"
            aria-label="Redo teaching"
            disabled={takenBack === 0}
            onClick={actions.redoTeaching}
            className={TEXT_BUTTON}
          >
            Redo
          </button>
          <button
            type="button"
            aria-label="Clear teaching"
            disabled={clicks.length === 0}
            onClick={actions.clearTeaching}
            className={TEXT_BUTTON}
          >
            Clear
          </button>
        </div>
      }
    >
      <fieldset>
        <legend className="text-muted text-xs">
          Choose what it is, then click nuclei of it or draw round them. After {FEWEST_EXAMPLES} of each the rest
          follow.
        </legend>
        <div className="mt-1 grid grid-cols-2 gap-x-2">
          {choices.map(({ label, what, colour }) => (
            <label key={label} className="flex min-h-11 cursor-pointer items-center gap-2 text-sm lg:min-h-7">
              <input
                type="radio"
                name="teach-as"
                checked={isSame(what, teachAs)}
                onChange={() => actions.setTeachAs(what)}
                className="size-4 shrink-0"
              />
              {colour && (
                <span aria-hidden className="size-3 shrink-0 border border-black" style={{ backgroundColor: colour }} />
              )}
              <span className="wrap-anywhere">{label}</span>
              <span className="ms-auto text-muted tabular-nums">
                {clicks.filter((click) => isSame(click, what)).length || ''}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div role="toolbar" aria-label="Teach kinds" className="mt-1 grid grid-cols-2 gap-1.5">
        <ToolButton tool="teach" label="Click nuclei" />
        <ToolButton tool="teachAround" label="Draw round nuclei" />
      </div>
      <Unsure />
      <p role="status" data-testid="teaching-state" className="mt-1 text-muted text-xs">
        {note} {limits && describeLimits(limits)}{' '}
        {clicks.length > 0 && `${clicks.length} ${clicks.length === 1 ? 'click' : 'clicks'} on this image.`}
      </p>
      <ClassForm />
      <ClassifierFile />
    </PanelSection>
  );
}

/** Where the classifier is unsure, and the nucleus to ask about next. By keyboard this is the whole way. */
function Unsure() {
  const live = useResult((state) => state.live);
  const actions = useResultActions();
  const { count, least } = live ? findUnsure(live.kinds.likelihood, live.gated.counted) : { count: 0, least: -1 };
  const asksKind = useResult((state) => 'name' in state.teachAs);
  // Whether a nucleus is positive says nothing of its kind: the same one would be asked about again.
  if (!live || least < 0 || !asksKind) return null;
  const place = { x: (live.found.centroidX[least] ?? 0) + 0.5, y: (live.found.centroidY[least] ?? 0) + 0.5 };
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-3 text-sm">
      <span className="text-muted" data-testid="unsure">
        {count} {count === 1 ? 'nucleus is' : 'nuclei are'} unsure (hollow squares).
      </span>
      <button
        type="button"
        className={TEXT_BUTTON}
        onClick={() => {
          actions.setTool('teach');
          actions.show(place);
        }}
      >
        Show the least sure
      </button>
      <button
        type="button"
        className={TEXT_BUTTON}
        onClick={() => {
          // Undo is then that of teaching.
          actions.setTool('teach');
          void actions.teachAt(place);
        }}
      >
        It is what I chose
      </button>
    </div>
  );
}

/** What the clicks on positive and negative nuclei have changed. */
function describeLimits({ positiveFrom: from, negativeBelow: below }: ClassLimits): string {
  const parts = [
    ...(from === null ? [] : [`positive from a brown density of ${from.toFixed(2)} on`]),
    ...(below === null ? [] : [`negative up to ${below.toFixed(2)}`]),
  ];
  return parts.length > 0
    ? `Nuclei are ${parts.join(', and ')}.`
    : 'Positive and negative are as the network has them.';
}

const isSame = (a: { name?: string; positive?: boolean }, b: { name?: string; positive?: boolean }) =>
  a.name === b.name && a.positive === b.positive;
