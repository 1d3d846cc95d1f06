import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { t } from '@/app/_text/t';
import { DownloadSection } from '../_downloads/download-section';
import { Changeable } from '../_parts/changeable';
import { useMayEdit, useResult } from '../_result/result-context';
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

/** The sheet below the picture on a narrow screen. The score is visible on every tab. */
export function ResultSheet({ layers }: { layers: ReactNode }) {
  const mayEdit = useMayEdit();
  const hasRegions = useResult((state) => state.parameters.regions.length > 0);
  const all: { name: string; label: string; content: ReactNode; isShown?: boolean }[] = [
    {
      name: 'Score',
      label: t('Score'),
      content: (
        <>
          <ResultLabel />
          <Changeable>
            <MembraneSection />
          </Changeable>
          <ScoreDetails />
          <TumourCount />
          {mayEdit && <RunAgain />}
          <Changeable>
            <IntensitySection />
          </Changeable>
        </>
      ),
    },
    { name: 'Adjust', label: t('Adjust'), content: <AdjustSection />, isShown: mayEdit },
    {
      name: 'Layers',
      label: t('Layers'),
      content: <div className="rounded-lg bg-stage p-4 text-stage-ink">{layers}</div>,
    },
    {
      name: 'Regions',
      label: t('Regions'),
      isShown: mayEdit || hasRegions,
      content: (
        <>
          <RegionSection />
          {mayEdit && (
            <>
              <CellSection />
              <TeachSection />
            </>
          )}
        </>
      ),
    },
    {
      name: 'Save',
      label: t('Save'),
      content: (
        <>
          <DownloadSection />
          {mayEdit && <FeedbackSection />}
          <ShareSection />
          <ProvenanceSection />
        </>
      ),
    },
  ];
  const tabs = all.filter(({ isShown = true }) => isShown);
  return (
    // Cancels the padding around it: the sheet reaches from edge to edge.
    <div className="-mx-4 -my-6 flex min-h-[max(20rem,46dvh-3.5rem)] flex-col sm:-mx-6 short:sticky short:top-0 short:h-dvh short:min-h-0">
      <ChangesNotice />
      <div className="flex items-center justify-between gap-3 border-line border-b px-4 py-1.5">
        <div className="min-w-0" data-guide="score">
          <ScoreHeadline />
          <ScoreInterval />
        </div>
        <UpdateBar />
      </div>
      <section
        aria-label={t('Warnings')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long list of warnings is scrolled by keyboard too.
        tabIndex={0}
        className="max-h-24 shrink-0 space-y-1 overflow-y-auto px-4 py-1.5 -outline-offset-2! empty:hidden"
      >
        <KeyWarnings />
      </section>
      {/* No basis in per cent, so that a sheet whose score is in large text grows instead of hiding the panels. */}
      <Tabs.Root defaultValue="Score" className="flex min-h-32 grow basis-0 flex-col short:min-h-0">
        <Tabs.List aria-label={t('Result')} className="flex shrink-0 overflow-x-auto border-line border-b">
          {tabs.map(({ name, label }) => (
            <Tabs.Tab
              key={name}
              value={name}
              data-guide-tab={name}
              className="min-h-11 flex-1 cursor-pointer border-transparent border-b-2 text-sm text-muted -outline-offset-2! data-active:border-hematoxylin data-active:text-ink"
            >
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, content }) => (
          <Tabs.Panel
            key={name}
            value={name}
            className="relative min-h-0 flex-1 space-y-6 overflow-y-auto overscroll-contain px-4 py-4 -outline-offset-2!"
          >
            {content}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </div>
  );
}
