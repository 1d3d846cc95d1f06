import type { SlidePane } from '../_viewer/slide-pane';
import { AdjustSection } from './adjust-section';
import { CorrectSection } from './correct-section';
import { HotSpotSection } from './hot-spot-section';
import { KindsSection } from './kinds-section';
import { NumbersSection } from './numbers-section';
import { ProtocolSection } from './protocol-section';
import { SaveSection } from './save-section';
import { ScoreSection } from './score-section';
import { SettingsState } from './settings-state';
import { TeachSection } from './teach-section';

/** The scoring of the slide, in the rail. */
export function ScoringPanels({ id, pane }: { id: string; pane: SlidePane | null }) {
  return (
    <div className="space-y-5 border-line border-t pt-4">
      <ScoreSection />
      <SettingsState />
      <KindsSection />
      <HotSpotSection />
      <NumbersSection />
      <ProtocolSection />
      <AdjustSection />
      <CorrectSection />
      <TeachSection pane={pane} />
      <SaveSection id={id} />
    </div>
  );
}
