import { PanelSection } from '@/app/_components/panel-section';
import { Changeable } from '../../_parts/changeable';
import { useMayEdit, useResult } from '../../_result/result-context';
import { HotSpotFinder } from './hot-spot-finder';
import { RegionByNumbers } from './region-by-numbers';
import { RegionImport } from './region-import';
import { RegionList } from './region-list';

/** The regions in which nuclei count: drawn with the tools on the stage, imported, or found as the hot spot. */
export function RegionSection() {
  const mayEdit = useMayEdit();
  const isEmpty = useResult((state) => state.parameters.regions.length === 0);
  if (!mayEdit && isEmpty) return null;
  return (
    <PanelSection title="Regions">
      <Changeable>
        <RegionList />
      </Changeable>
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
