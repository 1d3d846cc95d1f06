import type { ReactNode } from 'react';
import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import type { Classifier, TaughtClass, TeachAs, TeachingFields } from '@/lib/contracts/classifier';
import type { ClassLimits } from '@/lib/scoring/classify/calibrate-classes';
import { FEWEST_EXAMPLES } from '@/lib/scoring/classify/feature-names';
import { KINDS } from '@/lib/scoring/classify/kinds';
import type { TaughtClassifier } from '@/lib/scoring/classify/teach-picture';
import { colourOfKind, colourOfOwn } from './class-colours';
import { ClassForm } from './class-form';
import { ClassifierFile, type ClassifierOrigin } from './classifier-file';

const KIND_NAMES = {
  tumour: t('Tumour'),
  lymphocyte: t('Lymphocyte'),
  stroma: t('Stroma'),
  other: t('Other'),
} as const;

export type TeachActions = {
  setTeachAs: (what: TeachAs) => void;
  undoTeaching: () => void;
  redoTeaching: () => void;
  clearTeaching: () => void;
  addClass: (named: TaughtClass) => void;
  removeClass: (name: string) => void;
  setClassifier: (classifier: Classifier | null) => void;
  /** Brings the least sure nucleus into view, or says that it is what was chosen. */
  showLeast: () => void;
  teachLeast: () => void;
};

type TeachPanelProps = {
  teaching: TeachingFields;
  classifier: Classifier | null;
  teachAs: TeachAs;
  mayRedo: boolean;
  /** What the clicks teach now; null where nothing was taught. */
  taught: TaughtClassifier | null;
  /** Whether `taught` is of the newest clicks. */
  isUpToDate: boolean;
  origin: ClassifierOrigin;
  /** How many nuclei are unsure; null where nobody can say, or the next click is not about kinds. */
  unsure: number | null;
  /** Where the clicks are. A slide is zoomed into first. */
  on: 'image' | 'slide';
  note: string | null;
  /** Buttons that begin it. */
  tools: ReactNode;
  actions: TeachActions;
};

/** Kinds and classes taught by clicks: choose what a nucleus is, then press on some. */
export function TeachPanel(props: TeachPanelProps) {
  const { teaching, classifier, teachAs, taught, note, on, tools, actions } = props;
  const { clicks } = teaching;
  const own = [
    ...(classifier?.classes ?? []),
    ...teaching.classes.filter(({ name }) => !classifier?.classes.some((of) => of.name === name)),
  ];
  const choices: { label: string; what: TeachAs; colour?: string }[] = [
    ...KINDS.map((name) => ({ label: KIND_NAMES[name], what: { name }, colour: colourOfKind(name) })),
    ...own.map(({ name }, entry) => ({ label: name, what: { name }, colour: colourOfOwn(entry) })),
    { label: t('Positive'), what: { positive: true } },
    { label: t('Negative'), what: { positive: false } },
  ];
  return (
    <PanelSection isTool title={t('Teach')} aside={<Steps {...props} />}>
      <fieldset>
        <legend className="text-muted text-xs">
          {on === 'slide'
            ? t(
                'Choose what it is, then zoom in until nuclei are outlined, and click some of it or draw round them. After {count} of each the rest follow.',
                { count: FEWEST_EXAMPLES },
              )
            : t(
                'Choose what it is, then click nuclei of it or draw round them. After {count} of each the rest follow.',
                { count: FEWEST_EXAMPLES },
              )}
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
      <div role="toolbar" aria-label={t('Teach kinds')} className="mt-1 grid grid-cols-2 gap-1.5">
        {tools}
      </div>
      <Unsure {...props} />
      <p role="status" data-testid="teaching-state" className="mt-1 text-muted text-xs">
        {note} {taught?.limits && describeLimits(taught.limits)}{' '}
        {clicks.length > 0 &&
          (on === 'slide'
            ? t('{count, plural, one {{count} click on this slide.} other {{count} clicks on this slide.}}', {
                count: clicks.length,
              })
            : t('{count, plural, one {{count} click on this image.} other {{count} clicks on this image.}}', {
                count: clicks.length,
              }))}
      </p>
      <ClassForm teaching={teaching} classifier={classifier} onAdd={actions.addClass} onRemove={actions.removeClass} />
      <ClassifierFile
        teaching={teaching}
        classifier={classifier}
        taught={props.isUpToDate ? taught : null}
        origin={props.origin}
        onTake={actions.setClassifier}
      />
    </PanelSection>
  );
}

/** Back, forth, and to the beginning. */
const Steps = ({ teaching: { clicks }, mayRedo, actions }: TeachPanelProps) => (
  <div className="flex flex-wrap gap-1.5">
    <button
      type="button"
      aria-label={t('Undo teaching')}
      disabled={clicks.length === 0}
      onClick={actions.undoTeaching}
      className={TEXT_BUTTON}
    >
      {t('Undo')}
    </button>
    <button
      type="button"
      aria-label={t('Redo teaching')}
      disabled={!mayRedo}
      onClick={actions.redoTeaching}
      className={TEXT_BUTTON}
    >
      {t('Redo')}
    </button>
    <button
      type="button"
      aria-label={t('Clear teaching')}
      disabled={clicks.length === 0}
      onClick={actions.clearTeaching}
      className={TEXT_BUTTON}
    >
      {t('Clear')}
    </button>
  </div>
);

/** Where the classifier is unsure, and the nucleus to ask about next. By keyboard this is the whole way. */
const Unsure = ({ unsure, actions }: TeachPanelProps) =>
  unsure !== null && (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-3 text-sm">
      <span className="text-muted" data-testid="unsure">
        {t(
          '{count, plural, one {{count} nucleus is unsure (hollow squares).} other {{count} nuclei are unsure (hollow squares).}}',
          { count: unsure },
        )}
      </span>
      <button type="button" className={TEXT_BUTTON} onClick={actions.showLeast}>
        {t('Show the least sure')}
      </button>
      <button type="button" className={TEXT_BUTTON} onClick={actions.teachLeast}>
        {t('It is what I chose')}
      </button>
    </div>
  );

/** What the clicks on positive and negative nuclei have changed. */
function describeLimits({ positiveFrom: from, negativeBelow: below }: ClassLimits): string {
  if (from === null)
    return below === null
      ? t('Positive and negative are as the network has them.')
      : t('Nuclei are negative up to {below}.', { below: below.toFixed(2) });
  if (below === null) return t('Nuclei are positive from a brown density of {from} on.', { from: from.toFixed(2) });
  return t('Nuclei are positive from a brown density of {from} on, and negative up to {below}.', {
    from: from.toFixed(2),
    below: below.toFixed(2),
  });
}

const isSame = (a: { name?: string; positive?: boolean }, b: { name?: string; positive?: boolean }) =>
  a.name === b.name && a.positive === b.positive;
