import { DownloadSection } from '../_downloads/download-section';
import { AdjustSection } from './adjust-section';
import { CellSection } from './cell-section';
import { ChangesNotice } from './changes-notice';
import { FeedbackSection } from './feedback-section';
import { IntensitySection } from './intensity-section';
import { ProvenanceSection } from './provenance-section';
import { RegionSection } from './region-section';
import { ScoreDetails } from './score-details';
import { ScoreHeadline } from './score-headline';
import { ShareSection } from './share-section';
import { UpdateBar } from './update-bar';
import { KeyWarnings } from './warning-list';

/** The rail beside the stage, in the order in which a result is judged. */
export function ResultRail() {
  return (
    <div className="space-y-3.5">
      <ChangesNotice />
      <div>
        <ScoreHeadline />
        <div className="my-2 space-y-2 empty:hidden">
          <KeyWarnings />
        </div>
        <ScoreDetails />
      </div>
      <AdjustSection />
      <UpdateBar />
      <RegionSection />
      <CellSection />
      <IntensitySection />
      <DownloadSection />
      <FeedbackSection />
      <ShareSection />
      <ProvenanceSection />
    </div>
  );
}
