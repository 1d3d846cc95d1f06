/** To the left and to the right: the sign on the line between two pictures. */
export function SwipeArrows({ className }: { className: string }) {
  return (
    <svg viewBox="0 0 20 20" className={className} aria-hidden="true">
      <path d="M7.5 5.5 3.5 10l4 4.5m5-9 4 4.5-4 4.5" fill="none" stroke="currentColor" strokeWidth="1.8" />
    </svg>
  );
}
