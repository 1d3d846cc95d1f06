import { CaseLabel } from '@/app/_components/case-label';
import { DrawerClose } from '@/app/_components/ui/drawer';
import { ExplainDrawer } from '@/app/_help/explain-drawer';
import type { Shown } from '@/app/_help/words';
import { t } from '@/app/_text/t';
import { LAYER_NAMES, pictureOf } from '../_pictures/layers';
import { useResult, useStartGuide } from '../_result/result-context';

/** In the order of the list of layers. */
const INFERRED = [...LAYER_NAMES, 'segmentation'] as const satisfies readonly Shown[];

/** What the user calls this result, and what explains it. */
export function ResultLabel() {
  const id = useResult((state) => state.analysis.id);
  const pictures = useResult((state) => state.analysis.result?.pictures);
  const startGuide = useStartGuide();
  return (
    <div className="flex items-center gap-3">
      <CaseLabel kind="analysis" id={id} />
      <ExplainDrawer of="result" inferred={INFERRED.filter((name) => pictures?.[pictureOf(name)])}>
        <div className="mb-4">
          <DrawerClose onClick={startGuide}>{t('Show me how, two minutes')}</DrawerClose>
        </div>
      </ExplainDrawer>
    </div>
  );
}
