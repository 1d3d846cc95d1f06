import { t } from '@/app/_text/t';
import type { Recent } from '@/lib/client/recent';
import { useLabel } from './use-label';

const MAX_LENGTH = 80;

/** What a user calls an image. It is kept in this browser, and stands in the title of the tab and in the names of saved files. */
export function CaseLabel(subject: Pick<Recent, 'kind' | 'id'>) {
  const [label, setLabel] = useLabel(subject);
  return (
    <input
      type="text"
      aria-label={t('Your name for this image')}
      title={t('Kept in this browser only. It stands in the names of saved files and in the report.')}
      placeholder={t('Name this image')}
      value={label}
      maxLength={MAX_LENGTH}
      onChange={(event) => setLabel(event.target.value)}
      className="-mx-1.5 h-9 w-full min-w-0 truncate rounded-md border border-transparent bg-transparent px-1.5 placeholder:text-muted hover:border-edge focus:border-edge"
    />
  );
}
