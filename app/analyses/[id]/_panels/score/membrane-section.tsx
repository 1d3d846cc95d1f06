import { PanelSection, TEXT_BUTTON } from '@/app/_components/panel-section';
import { MembraneTruth } from '@/app/_components/sample-truth';
import { MembraneCutBoxes, MembraneNote } from '@/app/_membranes/membrane-cuts';
import { Her2Pattern, MembraneTable } from '@/app/_membranes/membrane-table';
import { t } from '@/app/_text/t';
import { membraneLead } from '@/lib/contracts/membrane-lead';
import { stateMembranes } from '@/lib/exchange/score-summary';
import { useResult, useResultActions } from '../../_result/result-context';

/** What was measured of the membranes; nothing where they were not measured. */
export function MembraneSection() {
  const measured = useResult((state) => state.live?.numbers.summary.membrane);
  const marker = useResult((state) => state.parameters.marker);
  const asked = useResult((state) => state.parameters.membrane);
  const sample = useResult((state) => state.analysis.sample);
  const isWholeImage = useResult((state) => state.parameters.regions.every((region) => !region.enabled));
  const { setMembrane } = useResultActions();
  if (!measured) return null;
  const { cuts, tumour, unsure } = measured;
  const { weak, moderate, strong } = measured.bins.complete;
  return (
    <PanelSection
      title={t('Membranes')}
      aside={
        <button
          type="button"
          aria-label={t('Reset cut points of membranes')}
          onClick={() => setMembrane(asked.measure ? { measure: asked.measure } : {})}
          className={TEXT_BUTTON}
        >
          {t('Reset')}
        </button>
      }
    >
      <p className="text-pretty text-sm lg:hidden" data-testid="membrane-sentence-narrow">
        {membraneLead(stateMembranes(measured), marker).sentence}
      </p>
      {marker !== 'pdl1' && <Her2Pattern {...measured} />}
      <MembraneTable {...measured} />
      {isWholeImage && tumour.total > 0 && (
        <MembraneTruth
          sample={sample}
          tps={tumour.percentPositive}
          cps={marker === 'her2' ? null : measured.cps}
          complete={(100 * (weak + moderate + strong)) / tumour.total}
        />
      )}
      <MembraneCutBoxes cuts={cuts} onChange={(cut, value) => setMembrane({ ...asked, [`membrane_${cut}`]: value })} />
      <MembraneNote unsure={unsure} />
    </PanelSection>
  );
}
