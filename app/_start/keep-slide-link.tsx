import { useState } from 'react';
import { Button } from '@/app/_components/ui/button';
import { sentenceOf } from '@/lib/client/sentence-of';
import { createSlide, ingestSlide } from '@/lib/client/slides';
import type { IngestSlide } from '@/lib/contracts/slide';

type KeepSlideLinkProps = {
  /** An analysis whose file is kept until a choice is made. */
  analysis: string;
  chosen: IngestSlide;
  isDisabled: boolean;
};

/** Keeps the whole slide of which a region is offered, and opens it. The file is not sent again. */
export function KeepSlideLink({ analysis, chosen, isDisabled }: KeepSlideLinkProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function open() {
    setBusy(true);
    setProblem(null);
    try {
      const { id } = await createSlide({ analysis });
      await ingestSlide(id, chosen);
      window.location.assign(`/slides/${id}`);
    } catch (error) {
      setBusy(false);
      setProblem(sentenceOf(error));
    }
  }
  return (
    <div className="border-line border-t pt-4">
      <p className="mb-2 text-pretty text-muted text-sm">
        Or look at all of it: one copy of the slide is kept, without names and labels, at an address of its own.
      </p>
      <Button look="secondary" disabled={isDisabled || isBusy} onClick={open}>
        Open whole slide
      </Button>
      <p role="status" className="mt-1 text-sm">
        {problem}
      </p>
    </div>
  );
}
