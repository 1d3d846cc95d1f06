import { describe, expect, it } from 'vitest';
import { FairLine } from './fair-line';

const limits = { places: 2, waiting: 4, what: 'slides wait', retrySeconds: 7 };

/** Clients that have come in, in order, and what lets one of them out again. */
function visit(line: FairLine) {
  const inside: string[] = [];
  const leave: (() => void)[] = [];
  const come = (client: string, isAdmitted = false) =>
    line.enter({ client, isAdmitted }).then((out) => {
      inside.push(client);
      leave.push(out);
    });
  const next = async () => {
    leave.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { inside, come, next };
}

describe('a fair line', () => {
  it('lets one client with many wait behind another with one', async () => {
    const { inside, come, next } = visit(new FairLine({ ...limits, waiting: 20 }));
    for (let i = 0; i < 6; i++) void come('a');
    void come('b');
    void come('c');
    for (let i = 0; i < 8; i++) await next();
    expect(inside).toEqual(['a', 'a', 'b', 'c', 'a', 'a', 'a', 'a']);
  });

  it('takes two clients with many in turn', async () => {
    const { inside, come, next } = visit(new FairLine({ ...limits, places: 1, waiting: 20 }));
    for (const client of ['a', 'a', 'a', 'b', 'b', 'b']) void come(client);
    for (let i = 0; i < 6; i++) await next();
    expect(inside).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('refuses one client more than half of the line, and anybody more than all of it, with the time to wait', async () => {
    const { come } = visit(new FairLine(limits));
    for (let i = 0; i < 4; i++) void come('a');
    const full = { code: 'queue_full', retryAfterSeconds: 7 };
    await expect(come('a')).rejects.toMatchObject({ ...full, detail: expect.stringContaining('2 of them from this') });
    void come('b');
    void come('c');
    await expect(come('d')).rejects.toMatchObject({ ...full, detail: expect.stringContaining('4 slides wait, 0 of') });
  });

  it('turns nobody away who was admitted elsewhere, and keeps no place of who left twice', async () => {
    const line = new FairLine({ ...limits, places: 1, waiting: 0 });
    const out = await line.enter({ client: 'a' });
    const late = line.enter({ client: 'b', isAdmitted: true });
    out();
    out();
    (await late)();
    expect(line.load()).toEqual({ waiting: 0, inside: 0 });
  });
});
