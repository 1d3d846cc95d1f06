/** What a user waits for, from the start of an analysis to numbers that follow the sliders. */
type Moment = 'number' | 'live';

const nameOf = (moment: Moment | 'accepted') => `restain-${moment}`;

/** Marks in the browser's timeline that the server has accepted an analysis. What was marked of an earlier one goes. */
export function markAccepted(): void {
  for (const moment of ['number', 'live'] as const) performance.clearMarks(nameOf(moment));
  performance.clearMarks(nameOf('accepted'));
  performance.mark(nameOf('accepted'));
}

/** Marks a moment in the browser's timeline, the first time alone. The benchmarks read the marks. */
export function markMoment(moment: Moment): void {
  const name = nameOf(moment);
  if (performance.getEntriesByName(name, 'mark').length === 0) performance.mark(name);
}
