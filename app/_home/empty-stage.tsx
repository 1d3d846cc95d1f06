import { Button } from '@/app/_components/ui/button';
import { formatBytes } from './format';

type EmptyStageProps = {
  maxBytes: number;
  formats: string;
  problem: string | null;
  /** Whether an archive is being opened. */
  isOpening: boolean;
  onChoose: () => void;
  onFolder: () => void;
  onCamera: () => void;
};

/** The stage before an image is chosen. */
export function EmptyStage({ maxBytes, formats, problem, isOpening, onChoose, onFolder, onCamera }: EmptyStageProps) {
  return (
    <section
      aria-label="Choose an image"
      className="grid min-h-[38dvh] place-items-center bg-stage px-6 py-10 text-center text-stage-ink sm:mx-6 sm:rounded-xl"
    >
      <div className="space-y-5">
        {problem && (
          <p role="alert" className="wrap-anywhere mx-auto max-w-md border-stage-accent border-l-3 pl-4 text-left">
            {problem}
          </p>
        )}
        {isOpening && <p role="status">Opening the archive.</p>}
        <p className="text-stage-muted">
          <span className="hidden sm:inline">Drop brightfield IHC images anywhere on this page, paste one, or</span>
          <span className="sm:hidden">A brightfield IHC image, from your files or the camera</span>
        </p>
        <div className="flex flex-wrap justify-center gap-3">
          <Button look="stage" onClick={onChoose}>
            Choose an image
          </Button>
          <Button look="stage" onClick={onFolder} className="pointer-coarse:hidden">
            Choose a folder
          </Button>
          <Button look="stage" onClick={onCamera} className="pointer-fine:hidden">
            Take a photo
          </Button>
        </div>
        <p className="text-pretty text-sm text-stage-muted">
          {formats}, up to {formatBytes(maxBytes)}. Several images become a batch with one table.
        </p>
      </div>
    </section>
  );
}
