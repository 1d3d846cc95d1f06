import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { t } from '@/app/_text/t';
import { browserMemory, rememberRecent } from '@/lib/client/recent';
import { sentenceOf } from '@/lib/client/sentence-of';
import { wholeText } from '@/lib/contracts/whole-text';
import { SLIDE_SAMPLES, type SlideSample } from '@/lib/samples';
import { SampleThumb } from './sample-thumb';

/** The sample slides. Each visitor gets a slide of their own, taken in like one that was sent. */
export function SlideGallery() {
  const router = useRouter();
  const [opening, setOpening] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  async function open({ name, title }: SlideSample) {
    setOpening(name);
    setProblem(null);
    try {
      // Loaded when needed, as the page's other clients are.
      const { createSlide } = await import('@/lib/client/slides');
      const { id } = await createSlide({ sample: name });
      rememberRecent(browserMemory(), { kind: 'slide', id, label: title });
      router.push(`/slides/${id}`);
    } catch (error) {
      setOpening(null);
      setProblem(sentenceOf(error));
    }
  }
  return (
    <section aria-labelledby="slide-samples" className="px-4 pt-7 sm:px-6">
      <h2 id="slide-samples" className="mb-3 text-pretty text-muted">
        {t('Or score a whole slide. These are drawn too, with a hot spot or cores whose true values are known.')}
      </h2>
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {SLIDE_SAMPLES.map((sample) => (
          <li key={sample.name} className="min-w-0">
            <button
              type="button"
              disabled={opening !== null}
              onClick={() => open(sample)}
              className="group flex w-full cursor-pointer items-center gap-3 text-left disabled:cursor-wait"
            >
              <SampleThumb name={sample.name} className="w-[min(7rem,30vw)] shrink-0" />
              <span className="wrap-anywhere min-w-0 text-sm">
                <span className="block font-semibold">{sample.title}</span>
                <span className="block text-muted leading-snug">
                  {t('{width} x {height} px, {count} nuclei', {
                    width: wholeText(sample.width),
                    height: wholeText(sample.height),
                    count: wholeText(sample.slide.total),
                  })}
                </span>
                <span className="block text-muted leading-snug">{trueIndexOf(sample)}</span>
                {opening === sample.name && <span className="block">{t('Opening the slide')}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className="mt-2 text-sm">
        {problem}
      </p>
    </section>
  );
}

function trueIndexOf({ tumour, hotSpot }: SlideSample): string {
  const inTumour = tumour.percentPositive.toFixed(1);
  return hotSpot
    ? t('True index {inTumour} % in the tumour, {inHotSpot} % in the hot spot', {
        inTumour,
        inHotSpot: hotSpot.percentPositive.toFixed(1),
      })
    : t('True index {inTumour} % in the tumour', { inTumour });
}
