import type { SlidePane } from '../_viewer/slide-pane';
import { AdjustSection } from './adjust-section';
import { CorrectSection } from './correct-section';
import { HotSpotSection } from './hot-spot-section';
import { KindsSection } from './kinds-section';
import { MembraneSection } from './membrane-section';
import { NumbersSection } from './numbers-section';
import { PrintedSettings } from './printed-settings';
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
      <MembraneSection />
      <KindsSection />
      <HotSpotSection />
      <NumbersSection />
      <ProtocolSection />
      <PrintedSettings />
      <AdjustSection />
      <CorrectSection />
      <TeachSection pane={pane} />
      <SaveSection id={id} />
    </div>
  );
}
