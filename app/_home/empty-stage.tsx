import { Button } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { ExampleSwipe } from './example-swipe';
import { formatBytes } from './format';
import { GuideButton } from './guide-button';

type EmptyStageProps = {
  maxBytes: number;
  formats: string;
  problem: string | null;
  /** Whether an archive is being opened. */
  isOpening: boolean;
  onChoose: () => void;
  onFolder: () => void;
  onCamera: () => void;
  /** Opens a sample whose result is explained. */
  onGuide: () => void;
};

/** The stage before an image is chosen. */
export function EmptyStage(props: EmptyStageProps) {
  const { maxBytes, formats, problem, isOpening, onChoose, onFolder, onCamera, onGuide } = props;
  return (
    <section
      aria-label={t('Choose an image')}
      className="grid items-center justify-items-center gap-8 bg-stage px-6 py-8 text-stage-ink max-lg:text-center sm:mx-6 sm:rounded-xl lg:grid-cols-[1fr_auto] lg:px-14"
    >
      <div className="space-y-5 lg:justify-self-start">
        {problem && (
          <p role="alert" className="wrap-anywhere mx-auto max-w-md border-stage-accent border-l-3 pl-4 text-left">
            {problem}
          </p>
        )}
        {isOpening && <p role="status">{t('Opening the archive.')}</p>}
        <p className="text-stage-muted">
          <span className="hidden sm:inline">
            {t('Drop brightfield IHC images anywhere on this page, paste one, or')}
          </span>
          <span className="sm:hidden">{t('A brightfield IHC image, from your files or the camera')}</span>
        </p>
        <div className="flex flex-wrap gap-3 max-lg:justify-center">
          <Button onClick={onChoose}>{t('Choose an image')}</Button>
          <Button look="stage" onClick={onFolder} className="pointer-coarse:hidden">
            {t('Choose a folder')}
          </Button>
          <Button look="stage" onClick={onCamera} className="pointer-fine:hidden">
            {t('Take a photo')}
          </Button>
        </div>
        <p className="text-pretty text-sm text-stage-muted">
          {t('{formats}, up to {size}. Several images become a batch with one table.', {
            formats,
            size: formatBytes(maxBytes),
          })}
        </p>
        <p className="max-w-text text-pretty">
          {t(
            'You get the inferred stains, an outline and a class for each nucleus, the labeling index with its interval, and files for ImageJ, QuPath and your report.',
          )}
        </p>
        <GuideButton onGuide={onGuide} />
      </div>
      <ExampleSwipe />
    </section>
  );
}
