import { wholeText } from '@/lib/contracts/whole-text';

/** `12,942`, whose commas are no text: it is copied, and read by programs, as one number. */
export function GroupedNumber({ value, testId }: { value: number; testId?: string }) {
  const groups = wholeText(value)
    .split(',')
    .map((digits, place) => ({ digits, place }));
  return (
    <span data-testid={testId} className="whitespace-nowrap">
      {groups.map(({ digits, place }) => (
        <span key={place} className={place > 0 ? "before:content-[',']" : ''}>
          {digits}
        </span>
      ))}
    </span>
  );
}
