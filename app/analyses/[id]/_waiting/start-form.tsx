import { useState } from 'react';
import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { Choice, type ChoiceOption } from '@/app/_components/ui/choice';
import { startAnalysis } from '@/lib/client/analyses';
import type { Analysis } from '@/lib/contracts/analysis';
import { RESOLUTIONS, type Resolution } from '@/lib/contracts/options';
import { sentenceOf } from '../use-followed-analysis';

const NAMES = Object.keys(RESOLUTIONS) as Resolution[];
const OPTIONS = NAMES.map(
  (value): ChoiceOption<Resolution> => ({ value, label: value, note: `${RESOLUTIONS[value]} µm/px` }),
);

/** An image that was sent and never started. */
export function StartForm({ analysis, onStarted }: { analysis: Analysis; onStarted: () => void }) {
  const inFile = analysis.source?.microns_per_pixel ?? null;
  const [resolution, setResolution] = useState<Resolution>(() => nearest(inFile));
  const [problem, setProblem] = useState<string | null>(null);
  const start = () =>
    startAnalysis(analysis.id, { resolution }).then(onStarted, (error) => setProblem(sentenceOf(error)));
  return (
    <>
      <RailHeading>Check and start</RailHeading>
      <Choice legend="Magnification of the scan" options={OPTIONS} value={resolution} onChange={setResolution} />
      {problem && <ProblemNotice problem={problem} />}
      <Button onClick={start}>Start</Button>
    </>
  );
}

function nearest(micronsPerPixel: number | null): Resolution {
  if (micronsPerPixel === null) return '20x';
  const distance = (name: Resolution) => Math.abs(Math.log(RESOLUTIONS[name] / micronsPerPixel));
  return NAMES.reduce((best, name) => (distance(name) < distance(best) ? name : best));
}
