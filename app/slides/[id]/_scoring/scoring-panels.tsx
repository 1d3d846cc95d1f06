import { AdjustSection } from './adjust-section';
import { CorrectSection } from './correct-section';
import { HotSpotSection } from './hot-spot-section';
import { KindsSection } from './kinds-section';
import { NumbersSection } from './numbers-section';
import { ProtocolSection } from './protocol-section';
import { SaveSection } from './save-section';
import { ScoreSection } from './score-section';
import { SettingsState } from './settings-state';

/** The scoring of the slide, in the rail. */
export function ScoringPanels({ id }: { id: string }) {
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
      <SaveSection id={id} />
    </div>
  );
}
