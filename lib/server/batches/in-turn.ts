import 'server-only';

type Turns<T> = { now: Promise<T>; next: Promise<T> | null };

/**
 * Does work of one name one at a time. Whoever asks while it is done shares the next turn, which begins after the question:
 * an answer is never older than its question, and however many ask, two turns are enough.
 */
export function createTurns<T>(work: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const turns = new Map<string, Turns<T>>();
  const begin = (name: string): Promise<T> => {
    const now = work(name);
    const turn: Turns<T> = { now, next: null };
    turns.set(name, turn);
    const end = () => {
      if (turn.next === null) turns.delete(name);
    };
    now.then(end, end);
    return now;
  };
  return (name) => {
    const turn = turns.get(name);
    if (!turn) return begin(name);
    const following = () => begin(name);
    turn.next ??= turn.now.then(following, following);
    return turn.next;
  };
}
