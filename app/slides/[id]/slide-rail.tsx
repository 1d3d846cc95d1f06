import { type ReactNode, useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { ShareLinks, SMALL } from '@/app/_components/share-links';
import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { ExplainDrawer } from '@/app/_help/explain-drawer';
import { t } from '@/app/_text/t';
import { sentenceOf } from '@/lib/client/sentence-of';
import { deleteSlide, keepSlide } from '@/lib/client/slides';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { hoursToAdd, sizeText } from './slide-text';
import { SlideTruth } from './slide-truth';

/** Of a slide only what scores it is inferred and kept. */
const INFERRED = ['marker', 'segmentation'] as const;

type SlideRailProps = {
  slide: Slide;
  description: SlideDescription;
  /** What stays in sight. */
  head: ReactNode;
  onChange: () => void;
  children?: ReactNode;
};

/** What is known of a slide, what belongs to it (`children`), its links, and until when it is kept. */
export function SlideRail({ slide, description, head, onChange, children }: SlideRailProps) {
  const { warnings, damaged_tiles: damaged } = description;
  return (
    <>
      <div>
        <div className="flex flex-wrap items-baseline justify-between gap-x-3">
          <RailHeading>{t('Slide')}</RailHeading>
          <ExplainDrawer of="slide" inferred={INFERRED} />
        </div>
        <p className="mt-1 text-muted">{sizeText(description)}</p>
      </div>
      {head}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <Fact name={t('Format')}>{description.format}</Fact>
        <Fact name={t('Pixel size')}>
          {description.microns_per_pixel === null
            ? t('not stated in the file')
            : `${Number(description.microns_per_pixel.toPrecision(4))} µm (${description.microns_per_pixel_source})`}
        </Fact>
        {description.magnification !== null && <Fact name={t('Objective')}>{`${description.magnification}x`}</Fact>}
        <Fact name={t('Copy')}>
          {description.is_lossless
            ? t('the file’s own JPEG tiles, without loss')
            : t('encoded anew, JPEG of quality 90')}
        </Fact>
        {description.profile !== 'none' && (
          <Fact name={t('ICC profile')}>{description.profile === 'kept' ? t('kept, not applied') : t('applied')}</Fact>
        )}
      </dl>
      {warnings.length > 0 && (
        <ul className="list-disc space-y-1 pl-5 text-pretty text-sm">
          {warnings.map(({ code, detail }) => (
            <li key={code}>{detail}</li>
          ))}
          {damaged.length > 0 && <li>{t('Damaged tiles are hatched in the picture.')}</li>}
        </ul>
      )}
      <SlideTruth sample={slide.sample} />
      {children}
      <KeptSection slide={slide} onChange={onChange} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </>
  );
}

function KeptSection({ slide, onChange }: { slide: Slide; onChange: () => void }) {
  const [words, setWords] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const { id, view_id: viewId, may_edit: mayEdit, expires_at: expiresAt } = slide;
  const hours = hoursToAdd(slide, Date.now());

  const extend = () =>
    keepSlide(id, hours).then(
      () => {
        setWords('');
        onChange();
      },
      (error) => setWords(sentenceOf(error)),
    );
  async function remove() {
    setIsAsking(false);
    try {
      await deleteSlide(id);
      // The page is loaded again, so that no tile of the slide stays in its memory.
      window.location.assign('/');
    } catch (error) {
      setWords(sentenceOf(error));
    }
  }
  return (
    <section className="space-y-2 border-line border-t pt-4 print:hidden">
      <h2 className="font-medium">{t('Share, keep or delete')}</h2>
      <ShareLinks {...{ of: 'slides', what: 'slide', id, viewId, mayEdit, expiresAt, words }} say={setWords}>
        {hours > 0 && (
          <Button look="secondary" className={SMALL} onClick={extend}>
            {t('Keep for a week')}
          </Button>
        )}
        <Button look="secondary" className={`${SMALL} text-fault!`} onClick={() => setIsAsking(true)}>
          {t('Delete now')}
        </Button>
      </ShareLinks>
      <Modal
        title={t('Delete this slide?')}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <>
            <Button onClick={remove}>{t('Delete everything')}</Button>
            <Button look="secondary" onClick={() => setIsAsking(false)}>
              {t('Keep it')}
            </Button>
          </>
        }
      >
        <p>{t('The slide and all that was made of it are removed at once, for everybody.')}</p>
      </Modal>
    </section>
  );
}
