import { ProblemNotice } from '@/app/_components/problem-notice';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { Choice } from '@/app/_components/ui/choice';
import { RESOLUTIONS, type Resolution } from '@/lib/contracts/options';
import { formatBytes } from './format';
import type { PreviewState } from './use-preview';

const MAGNIFICATIONS = Object.entries(RESOLUTIONS).map(([name, micronsPerPixel]) => ({
  value: name as Resolution,
  label: name,
  note: `${micronsPerPixel} µm/px`,
}));

type SetupRailProps = {
  file: File;
  preview: PreviewState;
  resolution: Resolution;
  problem: string | null;
  onResolution: (resolution: Resolution) => void;
  onStart: () => void;
  onChoose: () => void;
};

/** What is about to be analysed, at which magnification. */
export function SetupRail(props: SetupRailProps) {
  const { file, preview, problem } = props;
  const size = preview.status === 'ready' ? `${preview.preview.width} x ${preview.preview.height} px, ` : '';
  return (
    <>
      <div>
        <RailHeading>Check and start</RailHeading>
        <p className="wrap-anywhere mt-1 text-muted">
          {file.name}, {size}
          {formatBytes(file.size)}
        </p>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      <div className="space-y-2">
        <Choice
          legend="Magnification of the scan"
          options={MAGNIFICATIONS}
          value={props.resolution}
          onChange={props.onResolution}
        />
        <p className="text-pretty text-muted text-sm">Check it on the scale bar: most nuclei are 6 to 12 µm wide.</p>
      </div>
      <div className="flex flex-wrap gap-3">
        <Button className="grow" onClick={props.onStart}>
          Start
        </Button>
        <Button look="secondary" onClick={props.onChoose}>
          Choose another image
        </Button>
      </div>
    </>
  );
}
