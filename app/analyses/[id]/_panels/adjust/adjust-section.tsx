import { PanelSection } from '@/app/_components/panel-section';
import { MarkerControl } from './marker-control';
import { SegmentationControl } from './segmentation-control';
import { SizeControl } from './size-control';

/** The three thresholds. Outlines and numbers follow while they are moved. */
export function AdjustSection() {
  return (
    <PanelSection title="Adjust">
      <div className="space-y-3">
        <SegmentationControl />
        <SizeControl />
        <MarkerControl />
      </div>
    </PanelSection>
  );
}
