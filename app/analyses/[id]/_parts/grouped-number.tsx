/** A whole number with its thousands set apart by space, not by a character: it copies and reads aloud as a number. */
export function GroupedNumber({ value, testId }: { value: number; testId?: string }) {
  const groups = value
    .toString()
    .split(/(?=(?:\d{3})+$)/)
    .map((digits, place) => ({ digits, place }));
  return (
    <span data-testid={testId} className="whitespace-nowrap">
      {groups.map(({ digits, place }) => (
        <span key={place} className={place > 0 ? 'ms-[0.18em]' : ''}>
          {digits}
        </span>
      ))}
    </span>
  );
}
