import { type ReactNode, useState } from 'react';
import { RailHeading } from '@/app/_components/rail-heading';
import { Button } from '@/app/_components/ui/button';
import { Modal } from '@/app/_components/ui/modal';
import { sentenceOf } from '@/lib/client/sentence-of';
import { deleteSlide, keepSlide } from '@/lib/client/slides';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { hoursToAdd, sizeText } from './slide-text';
import { SlideTruth } from './slide-truth';

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
        <RailHeading>Slide</RailHeading>
        <p className="mt-1 text-muted">{sizeText(description)}</p>
      </div>
      {head}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <Fact name="Format">{description.format}</Fact>
        <Fact name="Pixel size">
          {description.microns_per_pixel === null
            ? 'not stated in the file'
            : `${Number(description.microns_per_pixel.toPrecision(4))} µm (${description.microns_per_pixel_source})`}
        </Fact>
        {description.magnification !== null && <Fact name="Objective">{`${description.magnification}x`}</Fact>}
        <Fact name="Copy">
          {description.is_lossless ? 'the file’s own JPEG tiles, without loss' : 'encoded anew, JPEG of quality 90'}
        </Fact>
        {description.profile !== 'none' && (
          <Fact name="ICC profile">{description.profile === 'kept' ? 'kept, not applied' : 'applied'}</Fact>
        )}
      </dl>
      {warnings.length > 0 && (
        <ul className="list-disc space-y-1 pl-5 text-pretty text-sm">
          {warnings.map(({ code, detail }) => (
            <li key={code}>{detail}</li>
          ))}
          {damaged.length > 0 && <li>Damaged tiles are hatched in the picture.</li>}
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
  const { id, view_id: viewId, may_edit: mayEdit, expires_at: expires } = slide;
  const hours = hoursToAdd(slide, Date.now());

  async function copy(linked: string) {
    const link = new URL(`/slides/${linked}`, window.location.href).href + window.location.search;
    try {
      await navigator.clipboard.writeText(link);
      setWords('Copied.');
    } catch {
      // Without https, or without permission, the address has to be copied by hand.
      setWords(link);
    }
  }
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
  const small = 'min-h-9! px-3!';
  return (
    <section className="space-y-2 border-line border-t pt-4">
      <h2 className="font-medium">Share, keep or delete</h2>
      <p className="text-pretty text-muted text-sm">
        {mayEdit
          ? 'Whoever has the view link can look. Whoever has the edit link can change and delete.'
          : 'This is the view link: it shows the slide, and changes nothing.'}{' '}
        Deleted automatically on{' '}
        {new Date(expires).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}.
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button look="secondary" className={small} onClick={() => copy(viewId)}>
          Copy view link
        </Button>
        {mayEdit && (
          <>
            <Button look="secondary" className={small} onClick={() => copy(id)}>
              Copy edit link
            </Button>
            {hours > 0 && (
              <Button look="secondary" className={small} onClick={extend}>
                Keep for a week
              </Button>
            )}
            <Button look="secondary" className={`${small} text-fault!`} onClick={() => setIsAsking(true)}>
              Delete now
            </Button>
          </>
        )}
      </div>
      <p role="status" className="wrap-anywhere text-sm">
        {words}
      </p>
      <Modal
        title="Delete this slide?"
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <>
            <Button onClick={remove}>Delete everything</Button>
            <Button look="secondary" onClick={() => setIsAsking(false)}>
              Keep it
            </Button>
          </>
        }
      >
        <p>The slide and all that was made of it are removed at once, for everybody.</p>
      </Modal>
    </section>
  );
}
