import { t } from '@/app/_text/t';
import { SAMPLES, type Sample } from '@/lib/samples';
import { SampleThumb } from './sample-thumb';

/** The samples. Each opens like an uploaded image. */
export function Gallery({ onOpen }: { onOpen: (sample: Sample) => void }) {
  return (
    <section aria-labelledby="samples" className="px-4 pt-7 sm:px-6">
      <h2 id="samples" className="mb-3 text-pretty text-muted">
        {t('Or try one of these. Our simulator drew them, so the result shows the true count beside the measured one.')}
      </h2>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-x-1.5 gap-y-4 sm:grid-cols-5 lg:grid-cols-7">
        {SAMPLES.map((sample) => (
          <li key={sample.name}>
            <button
              type="button"
              onClick={() => onOpen(sample)}
              className="group block w-full cursor-pointer text-left"
            >
              <SampleThumb name={sample.name} className="w-full" />
              <span className="mt-1.5 block text-sm">
                <span className="font-semibold">{captionOf(sample).name}</span>{' '}
                <span className="whitespace-nowrap text-muted">{`${sample.magnification}x`}</span>
                <span className="block text-muted leading-snug">{captionOf(sample).note}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The marker, and the rest of the title. */
function captionOf({ marker, stain, title }: Sample) {
  const name = stain === 'IHC' ? marker : stain;
  return { name, note: title.replace(`${name}, `, '') };
}
