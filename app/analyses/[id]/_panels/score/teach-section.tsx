import { TeachPanel } from '@/app/_teach/teach-panel';
import { t } from '@/app/_text/t';
import { findUnsure } from '@/lib/scoring/classify/propose-nucleus';
import { ToolButton } from '../../_parts/tool-button';
import { useResult, useResultActions } from '../../_result/result-context';
import { isUpToDate } from '../../_result/result-store';

/** Kinds and classes taught by clicks on this image. */
export function TeachSection() {
  const teaching = useResult((state) => state.parameters.teaching);
  const classifier = useResult((state) => state.parameters.classifier);
  const takenBack = useResult((state) => state.untaught.length);
  const teachAs = useResult((state) => state.teachAs);
  const note = useResult((state) => state.teachingNote);
  const live = useResult((state) => state.live);
  const provenance = useResult((state) => state.analysis.result?.provenance);
  const isNewest = useResult(isUpToDate);
  const actions = useResultActions();
  const { count, least } = live ? findUnsure(live.kinds.likelihood, live.gated.counted) : { count: 0, least: -1 };
  const place = { x: (live?.found.centroidX[least] ?? 0) + 0.5, y: (live?.found.centroidY[least] ?? 0) + 0.5 };
  return (
    <TeachPanel
      {...{ teaching, classifier, teachAs, note }}
      mayRedo={takenBack > 0}
      taught={live?.numbers.taught ?? null}
      isUpToDate={isNewest}
      origin={provenance ?? { model: '', model_sha256: '', software: '' }}
      // Whether a nucleus is positive says nothing of its kind: the same one would be asked about again.
      unsure={least >= 0 && 'name' in teachAs ? count : null}
      on="image"
      tools={
        <>
          <ToolButton tool="teach" label={t('Click nuclei')} />
          <ToolButton tool="teachAround" label={t('Draw round nuclei')} />
        </>
      }
      actions={{
        ...actions,
        showLeast() {
          actions.setTool('teach');
          actions.show(place);
        },
        teachLeast() {
          // Undo is then that of teaching.
          actions.setTool('teach');
          void actions.teachAt(place);
        },
      }}
    />
  );
}
