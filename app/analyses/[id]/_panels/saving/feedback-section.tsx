import { type FormEvent, useState } from 'react';
import { PanelSection } from '@/app/_components/panel-section';
import { buttonClass } from '@/app/_components/ui/button';
import { t } from '@/app/_text/t';
import { saveFeedback } from '@/lib/client/analyses';
import { useResult, useResultActions } from '../../_result/result-context';

const RATINGS = [1, 2, 3, 4, 5] as const;

/** A rating and a note about this result, which are stored with its parameters. */
export function FeedbackSection() {
  const { id, feedback: sent } = useResult((state) => state.analysis);
  const unsent = useResult((state) => state.feedback);
  const { receiveAnalysis, keepFeedback } = useResultActions();
  const { rating, note } = unsent ?? { rating: sent?.rating ?? null, note: sent?.note ?? '' };
  const [words, setWords] = useState('');

  async function send(event: FormEvent) {
    event.preventDefault();
    if (rating === null) return setWords(t('Choose a rating first.'));
    setWords(t('Sending.'));
    try {
      receiveAnalysis(await saveFeedback(id, { rating, note }));
      keepFeedback(null);
      setWords(t('Kept with this result. Thank you.'));
    } catch (error) {
      setWords(error instanceof Error ? error.message : t('It could not be sent.'));
    }
  }

  return (
    <PanelSection title={t('Feedback')}>
      <form onSubmit={send} className="space-y-2 text-sm">
        <fieldset className="flex min-w-0 flex-wrap items-center gap-1">
          <legend className="float-left mr-3">{t('How good is this result?')}</legend>
          {RATINGS.map((value) => (
            <label key={value} className="relative cursor-pointer">
              <input
                type="radio"
                name="rating"
                aria-label={t('{value} of 5', { value })}
                checked={rating === value}
                onChange={() => keepFeedback({ rating: value, note })}
                className="peer absolute inset-0 cursor-pointer opacity-0"
              />
              <span className="grid size-9 place-items-center rounded-md border border-edge peer-checked:border-hematoxylin peer-checked:text-hematoxylin peer-checked:ring-1 peer-checked:ring-hematoxylin peer-focus-visible:outline-2 peer-focus-visible:outline-hematoxylin">
                {value}
              </span>
            </label>
          ))}
        </fieldset>
        <textarea
          aria-label={t('Note about this result')}
          placeholder={t('What is right or wrong here? No names of patients.')}
          rows={2}
          maxLength={4000}
          value={note}
          onChange={(event) => keepFeedback({ rating, note: event.target.value })}
          className="w-full rounded-md border border-edge bg-surface px-2 py-1.5 placeholder:text-muted"
        />
        <div className="flex items-center gap-3">
          <button type="submit" className={`${buttonClass('secondary')} min-h-9! px-3!`}>
            {t('Send feedback')}
          </button>
          <p role="status" className="text-muted">
            {words}
          </p>
        </div>
      </form>
    </PanelSection>
  );
}
