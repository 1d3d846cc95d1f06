import { describe, expect, it } from 'vitest';
import { FairLine } from './fair-line';

const limits = { places: 2, waiting: 4, what: 'slides wait', retrySeconds: 7 };

/** Clients that have come in, in order, and what lets one of them out again. */
function visit(line: FairLine) {
  const inside: string[] = [];
  const leave: (() => void)[] = [];
  const come = (client: string, isAdmitted = false) =>
    line.enter({ client, isAdmitted }).then((place) => {
      inside.push(client);
      leave.push(place.leave);
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
    const place = await line.enter({ client: 'a' });
    const late = line.enter({ client: 'b', isAdmitted: true });
    place.leave();
    place.leave();
    (await late).leave();
    expect(line.load()).toEqual({ waiting: 0, inside: 0 });
  });
});

describe('a place that rests', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('is asked back for each who waits, the longest at rest first, and its client does not count it', async () => {
    const line = new FairLine({ ...limits, waiting: 0 });
    const [first, second] = [await line.enter({ client: 'a' }), await line.enter({ client: 'a' })];
    const asked: string[] = [];
    const restAs = (place: typeof first, name: string) => place.rest(() => asked.push(name));
    restAs(first, 'first');
    restAs(second, 'second');
    expect(asked).toEqual([]);
    // The line is full of places at rest: nobody is turned away.
    const next = line.enter({ client: 'b' });
    await settled();
    expect(asked).toEqual(['first']);
    first.resume();
    first.leave();
    (await next).leave();
    second.leave();
    expect([asked, line.load()]).toEqual([['first'], { waiting: 0, inside: 0 }]);
  });

  it('stays with its client once that resumes it, and is asked back as soon as it rests while somebody waits', async () => {
    const line = new FairLine({ ...limits, places: 1 });
    const place = await line.enter({ client: 'a' });
    let asked = 0;
    place.rest(() => asked++);
    place.resume();
    const next = line.enter({ client: 'b' });
    await settled();
    expect(asked).toBe(0);
    place.rest(() => {
      asked++;
      place.leave();
    });
    (await next).leave();
    expect([asked, line.load()]).toEqual([1, { waiting: 0, inside: 0 }]);
  });
});
