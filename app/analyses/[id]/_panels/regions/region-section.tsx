import { PanelSection } from '@/app/_components/panel-section';
import { HotSpotFinder } from './hot-spot-finder';
import { RegionByNumbers } from './region-by-numbers';
import { RegionImport } from './region-import';
import { RegionList } from './region-list';

/** The regions in which nuclei count: drawn with the tools on the stage, imported, or found as the hot spot. */
export function RegionSection() {
  return (
    <PanelSection title="Regions">
      <RegionList />
      <RegionByNumbers />
      <RegionImport />
      <HotSpotFinder />
    </PanelSection>
  );
}
