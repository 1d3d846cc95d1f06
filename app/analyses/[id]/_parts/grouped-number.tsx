/** A whole number with gaps between thousands. The gaps are no characters, so it is copied as one number. */
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
