import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnnotation } from '@/lib/annotations/create-annotation';
import { rectangleIn } from '@/lib/annotations/shapes';
import type { Annotation, Annotations } from '@/lib/contracts/annotation';
import { AppError } from '@/lib/errors';
import { keepAnnotations, type Saving } from './keep-annotations';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const one = (id: string, name = ''): Annotation =>
  createAnnotation({ class: 'tumour', polygons: rectangleIn({ x0: 0, y0: 0, x1: 10, y1: 10 }), name, id });
const away = () => new AppError('unreachable', 'The server did not answer.');
const expires = '2030-01-01T00:00:00.000Z';

/** A server with the one rule that matters here, and a page. `fail` is thrown by the next requests. */
function setUp(first: readonly Annotation[] = [one('a')]) {
  const server = { revision: 3, annotations: first as Annotations['annotations'], saves: 0 };
  const failures: { before: unknown[]; after: unknown[] } = { before: [], after: [] };
  const states: Saving[] = [];
  const shown: string[] = [];
  let page: readonly Annotation[] = [];
  const keeper = keepAnnotations({
    read: async () => {
      const failure = failures.before.shift();
      if (failure) throw failure;
      return { revision: server.revision, annotations: structuredClone(server.annotations) as Annotation[] };
    },
    save: async (base, annotations) => {
      const failure = failures.before.shift();
      if (failure) throw failure;
      if (base !== server.revision) throw new AppError('revision_conflict', 'too late');
      Object.assign(server, { revision: base + 1, annotations: structuredClone(annotations), saves: server.saves + 1 });
      const lost = failures.after.shift();
      if (lost) throw lost;
      return { revision: server.revision, expires_at: expires };
    },
    current: () => page,
    show: (annotations, how) => {
      page = annotations.map((annotation) => ({ ...annotation }));
      shown.push(how);
    },
    onChange: (saving) => states.push(saving),
    onSaved: () => {},
  });
  const draw = (...annotations: Annotation[]) => {
    page = annotations;
    keeper.changed();
  };
  return {
    ...{ server, failures, states, shown, keeper, draw },
    page: () => page.map(({ id, name }) => `${id}:${name}`),
    stored: () => server.annotations.map(({ id, name }) => `${id}:${name}`),
    step: () => states.at(-1)?.step,
    /** As another window does. */
    other: (...annotations: Annotation[]) => Object.assign(server, { revision: server.revision + 1, annotations }),
    pass: (ms = 600) => vi.advanceTimersByTimeAsync(ms),
    open: async () => {
      keeper.begin();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

describe('keeping annotations saved', () => {
  it('reads them, and sends nothing that was not changed', async () => {
    const it = setUp();
    await it.open();
    expect([it.page(), it.step()]).toEqual([['a:'], 'saved']);
    it.keeper.changed();
    await it.pass(5000);
    expect(it.server.saves).toBe(0);
  });

  it('sends several changes as one, and those made meanwhile after it', async () => {
    const it = setUp();
    await it.open();
    it.draw(one('a', '1'));
    await it.pass(300);
    it.draw(one('a', '2'));
    expect([it.step(), it.keeper.isUnsaved()]).toEqual(['saving', true]);
    await it.pass();
    expect([it.server.saves, it.stored(), it.step(), it.keeper.isUnsaved()]).toEqual([1, ['a:2'], 'saved', false]);
    it.draw(one('a', '3'));
    await it.pass();
    expect([it.server.saves, it.server.revision, it.stored()]).toEqual([2, 5, ['a:3']]);
  });

  it('keeps what the network does not carry, and sends it again', async () => {
    const it = setUp();
    await it.open();
    it.failures.before.push(away(), away());
    it.draw(one('a', 'x'));
    await it.pass();
    expect(it.states.at(-1)).toMatchObject({ step: 'waiting', problem: expect.stringContaining('did not answer') });
    expect(it.keeper.isUnsaved()).toBe(true);
    await it.pass(10_000);
    expect([it.stored(), it.step()]).toEqual([['a:x'], 'saved']);
  });

  it('takes its own change for saved when only the answer was lost', async () => {
    const it = setUp();
    await it.open();
    it.failures.after.push(away());
    it.draw(one('a', 'x'));
    await it.pass(10_000);
    expect([it.server.saves, it.step(), it.keeper.isUnsaved()]).toEqual([1, 'saved', false]);
    it.draw(one('a', 'y'));
    await it.pass();
    expect([it.stored(), it.step()]).toEqual([['a:y'], 'saved']);
  });

  it('says why the server refuses, and tries again with the next change', async () => {
    const it = setUp();
    await it.open();
    it.failures.before.push(new AppError('slide_not_found', 'There is no such slide.'));
    it.draw(one('a', 'x'));
    await it.pass();
    expect(it.states.at(-1)).toMatchObject({ step: 'refused', problem: expect.stringContaining('no such slide') });
    await it.pass(60_000);
    expect(it.server.saves).toBe(0);
    it.draw(one('a', 'y'));
    await it.pass();
    expect([it.stored(), it.step()]).toEqual([['a:y'], 'saved']);
  });

  it('says that they could not be read, and goes on trying while the server is away', async () => {
    const it = setUp();
    it.failures.before.push(away(), away(), away());
    await it.open();
    await it.pass(3000);
    expect(it.step()).toBe('unread');
    await it.pass(10_000);
    expect([it.step(), it.page()]).toEqual(['saved', ['a:']]);
  });
});

describe('when the page goes', () => {
  it('sends at once what waits for its pause', async () => {
    const it = setUp();
    await it.open();
    it.draw(one('a', 'x'));
    it.keeper.flush();
    await it.pass(0);
    expect([it.stored(), it.step()]).toEqual([['a:x'], 'saved']);
  });

  it('still sends it when it has gone, once', async () => {
    const it = setUp();
    await it.open();
    it.draw(one('a', 'x'));
    it.keeper.end();
    await it.pass(5000);
    expect([it.stored(), it.server.saves]).toEqual([['a:x'], 1]);
    it.keeper.end();
    await it.pass(5000);
    expect(it.server.saves).toBe(1);
  });

  it('reads again when it comes back', async () => {
    const it = setUp();
    await it.open();
    it.keeper.end();
    it.other(one('z'));
    await it.open();
    expect([it.page(), it.step()]).toEqual([['z:'], 'saved']);
  });
});

describe('when somebody else has changed them meanwhile', () => {
  async function conflict() {
    const it = setUp([one('a'), one('b')]);
    await it.open();
    it.other(one('a', 'theirs'), one('b'));
    it.draw(one('a'), one('b', 'mine'), one('c'));
    await it.pass();
    expect(it.states.at(-1)).toMatchObject({ step: 'conflict', newest: { revision: 4 } });
    expect(it.page()).toEqual(['a:', 'b:mine', 'c:']);
    return it;
  }

  it('asks, and sends nothing before a person has decided', async () => {
    const it = await conflict();
    it.draw(one('a'), one('b', 'mine'), one('c'), one('d'));
    await it.pass(60_000);
    expect([it.server.saves, it.step(), it.keeper.isUnsaved()]).toEqual([0, 'conflict', true]);
  });

  it('puts both together', async () => {
    const it = await conflict();
    it.keeper.choose('together');
    await it.pass();
    expect([it.stored(), it.page(), it.step()]).toEqual([
      ['a:theirs', 'b:mine', 'c:'],
      ['a:theirs', 'b:mine', 'c:'],
      'saved',
    ]);
    expect(it.shown).toEqual(['load', 'step']);
  });

  it('takes theirs, and has nothing to send then', async () => {
    const it = await conflict();
    it.keeper.choose('theirs');
    await it.pass();
    expect([it.server.saves, it.page(), it.step(), it.keeper.isUnsaved()]).toEqual([
      0,
      ['a:theirs', 'b:'],
      'saved',
      false,
    ]);
  });

  it('keeps its own over theirs', async () => {
    const it = await conflict();
    it.keeper.choose('mine');
    await it.pass();
    expect([it.stored(), it.server.revision, it.step()]).toEqual([['a:', 'b:mine', 'c:'], 5, 'saved']);
  });

  it('asks again where there is a newer one once more', async () => {
    const it = await conflict();
    it.other(one('x'));
    it.keeper.choose('mine');
    await it.pass();
    expect(it.states.at(-1)).toMatchObject({ step: 'conflict', newest: { revision: 5 } });
  });

  it('shows theirs when a person comes back, where nothing was changed here', async () => {
    const it = setUp();
    await it.open();
    it.other(one('a'), one('z'));
    await it.keeper.refresh();
    expect([it.page(), it.shown, it.keeper.isUnsaved()]).toEqual([['a:', 'z:'], ['load', 'take'], false]);
    it.other(one('q'));
    it.draw(one('a', 'mine'));
    await it.keeper.refresh();
    expect(it.page()).toEqual(['a:mine']);
  });
});
