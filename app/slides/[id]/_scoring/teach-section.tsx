import { TeachPanel } from '@/app/_teach/teach-panel';
import { t } from '@/app/_text/t';
import type { SlidePane } from '../_viewer/slide-pane';
import { useScoring, useScoringActions } from './scoring-context';
import { mayChange, teachingOf } from './scoring-store';

/** CSS pixels to a pixel of the slide when a nucleus is shown. */
const NEAR_ZOOM = 1;

/** Kinds and classes taught by clicks on this slide. */
export function TeachSection({ pane }: { pane: SlidePane | null }) {
  const teaching = useScoring(teachingOf);
  const classifier = useScoring(({ settings }) => settings.classifier ?? null);
  const teachAs = useScoring((state) => state.teachAs);
  const takenBack = useScoring((state) => state.untaught.length);
  const note = useScoring((state) => state.teachingNote);
  const state = useScoring(({ numbers }) => numbers?.teaching ?? null);
  const isUnknown = useScoring(({ numbers }) => numbers?.kinds === 'unknown');
  const model = useScoring(({ scorings }) => scorings?.[0]?.model ?? '');
  const tool = useScoring((store) => store.tool);
  const isFixed = useScoring((store) => !mayChange(store));
  const { setTool, teach, ...actions } = useScoringActions();
  if (state === null || isFixed || isUnknown) return null;
  const { isReading, taught, unsure } = state;
  const show = () => {
    setTool('teach');
    if (unsure?.least && pane) pane.goTo({ ...unsure.least, zoom: Math.max(NEAR_ZOOM, pane.zoom()) });
  };
  return (
    <TeachPanel
      {...{ teaching, classifier, teachAs, taught }}
      mayRedo={takenBack > 0}
      isUpToDate={!isReading}
      origin={{ model, model_sha256: '', software: '' }}
      unsure={unsure?.least && 'name' in teachAs ? unsure.count : null}
      on="slide"
      note={isReading ? t('Reading what nuclei look like; clicks are kept, and followed once that is done.') : note}
      tools={(
        [
          ['teach', t('Click nuclei')],
          ['teachAround', t('Draw round nuclei')],
        ] as const
      ).map(([name, label]) => (
        <button
          key={name}
          type="button"
          aria-pressed={tool === name}
          onClick={() => setTool(tool === name ? null : name)}
          className="min-h-11 cursor-pointer rounded-lg border border-edge px-2 text-sm hover:border-ink aria-pressed:border-hematoxylin aria-pressed:ring-1 aria-pressed:ring-hematoxylin lg:min-h-9"
        >
          {label}
        </button>
      ))}
      actions={{
        ...actions,
        showLeast: show,
        teachLeast() {
          show();
          if (unsure?.least) teach(unsure.least);
        },
      }}
    />
  );
}
