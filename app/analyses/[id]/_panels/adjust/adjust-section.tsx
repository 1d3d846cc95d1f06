import { PanelSection } from '@/app/_components/panel-section';
import { t } from '@/app/_text/t';
import { MarkerControl } from './marker-control';
import { SegmentationControl } from './segmentation-control';
import { SizeControl } from './size-control';

/** The three thresholds. Outlines and numbers follow while they are moved. */
export function AdjustSection() {
  return (
    <PanelSection title={t('Adjust')}>
      <div className="space-y-3" data-guide="adjust">
        <SegmentationControl />
        <SizeControl />
        <MarkerControl />
      </div>
    </PanelSection>
  );
}
