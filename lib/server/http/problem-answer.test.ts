import { expect, it } from 'vitest';
import { AppError } from '@/lib/errors';
import { formatsComing } from '@/lib/server/readers/bioformats/installation';
import { problemResponse, toProblem } from './problem-answer';

it('what only has to be waited for is told as it is, with how long', async () => {
  const response = problemResponse(formatsComing(), 'request-1');
  expect(response.status).toBe(503);
  expect((await response.json()).detail).toMatch(/is being installed on this server\. Try again in \d+ s\.$/);
  expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
});

it('what went wrong inside is not told, but where it is found', () => {
  for (const error of [new AppError('internal', 'no /srv/secret'), new Error('no /srv/secret')]) {
    const { status, detail } = toProblem(error, 'request-2');
    expect(status).toBe(500);
    expect(detail).toContain('request-2');
    expect(detail).not.toContain('secret');
  }
});
