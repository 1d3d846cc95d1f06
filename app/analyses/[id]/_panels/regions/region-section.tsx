import { PanelSection } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { Changeable } from '../../_parts/changeable';
import { useMayEdit, useResult } from '../../_result/result-context';
import { EdgeChoice } from './edge-choice';
import { HotSpotFinder } from './hot-spot-finder';
import { RegionByNumbers } from './region-by-numbers';
import { RegionImport } from './region-import';
import { RegionList } from './region-list';

/** The regions in which nuclei count: drawn with the tools on the stage, imported, or found as the hot spot. */
export function RegionSection() {
  const mayEdit = useMayEdit();
  const isEmpty = useResult((state) => state.parameters.regions.length === 0);
  const areEdgesLeftOut = useResult((state) => state.parameters.excludeOnEdges);
  if (!mayEdit && isEmpty && !areEdgesLeftOut) return null;
  return (
    <PanelSection title={t('Regions')}>
      <Changeable>
        <RegionList />
      </Changeable>
      <EdgeChoice />
      {mayEdit && (
        <>
          <RegionByNumbers />
          <RegionImport />
          <HotSpotFinder />
        </>
      )}
    </PanelSection>
  );
}
