import { DownloadSection } from '../_downloads/download-section';
import { Changeable } from '../_parts/changeable';
import { useMayEdit } from '../_result/result-context';
import { AdjustSection } from './adjust/adjust-section';
import { ProvenanceSection } from './provenance-section';
import { RegionSection } from './regions/region-section';
import { ResultLabel } from './result-label';
import { ChangesNotice } from './saving/changes-notice';
import { FeedbackSection } from './saving/feedback-section';
import { ShareSection } from './saving/share-section';
import { UpdateBar } from './saving/update-bar';
import { CellSection } from './score/cell-section';
import { IntensitySection } from './score/intensity-section';
import { MembraneSection } from './score/membrane-section';
import { RunAgain } from './score/run-again';
import { ScoreDetails } from './score/score-details';
import { ScoreHeadline } from './score/score-headline';
import { ScoreInterval } from './score/score-interval';
import { TeachSection } from './score/teach-section';
import { TumourCount } from './score/tumour-count';
import { KeyWarnings } from './score/warning-list';

/** The rail beside the stage. Its order is that in which a result is checked. */
export function ResultRail() {
  const mayEdit = useMayEdit();
  return (
    <div className="space-y-3.5">
      <ChangesNotice />
      <ResultLabel />
      {/* With large text on a low screen it would leave no room to what is below it. */}
      <div
        className="z-10 bg-paper pb-1 lg:sticky lg:top-0 lg:max-h-[45dvh] lg:overflow-y-auto"
        data-testid="score-head"
      >
        <div data-guide="score">
          <ScoreHeadline />
          <UpdateBar />
          <ScoreInterval />
        </div>
      </div>
      <div className="space-y-2 empty:hidden">
        <KeyWarnings />
      </div>
      <Changeable>
        <MembraneSection />
      </Changeable>
      <div>
        <ScoreDetails />
        <TumourCount />
        {mayEdit && <RunAgain />}
      </div>
      {mayEdit && <AdjustSection />}
      <RegionSection />
      {mayEdit && (
        <div className="space-y-3.5">
          <CellSection />
          <TeachSection />
        </div>
      )}
      <Changeable>
        <IntensitySection />
      </Changeable>
      <div className="space-y-3.5">
        <DownloadSection />
        {mayEdit && <FeedbackSection />}
        <ShareSection />
        <ProvenanceSection />
      </div>
    </div>
  );
}
