// What measurements ask of a server, as a script does.
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

const POLL_MS = 500;

/** The JSON of an answer. */
export async function ask(url, method = 'GET', body = undefined) {
  const response = await fetch(url, {
    method,
    headers: { 'Restain-Terms': '1', ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Asks again and again until it is over, and fails where the work does. */
export async function until(url, isOver) {
  for (;;) {
    const now = await ask(url);
    if (isOver(now)) return now;
    if (['failed', 'cancelled'].includes(now.state)) throw new Error(JSON.stringify(now.problem ?? now.state));
    await setTimeout(POLL_MS);
  }
}

/** Sends the file of a slide part by part, each read from the disk as it goes. @returns the id of its edit link */
export async function sendSlide(base, path) {
  const { id, upload } = await ask(`${base}/api/slides`, 'POST', { bytes: statSync(path).size, type: 'image/tiff' });
  const file = await open(path);
  try {
    for (const { url, headers, offset, bytes } of upload.missing) {
      const body = Buffer.alloc(bytes);
      await file.read(body, 0, bytes, offset);
      const answer = await fetch(new URL(url, base), { method: 'PUT', headers, body });
      if (!answer.ok) throw new Error(`part refused: ${answer.status}`);
    }
  } finally {
    await file.close();
  }
  return id;
}

/** Has the copy of a slide written. @returns the slide, ready */
export async function ingest(base, id) {
  await ask(`${base}/api/slides/${id}/ingest`, 'POST', {});
  return until(`${base}/api/slides/${id}`, ({ state }) => state === 'ready');
}

/** Analyses a field as the site does, and returns the id of the finished analysis. */
export async function analyse(base, file) {
  const { id, upload } = await ask(`${base}/api/analyses`, 'POST', { bytes: file.length, type: 'image/png' });
  for (const { url, headers, offset, bytes } of upload.missing)
    await fetch(new URL(url, base), { method: 'PUT', headers, body: file.subarray(offset, offset + bytes) });
  await ask(`${base}/api/analyses/${id}/verify`, 'POST');
  await ask(`${base}/api/analyses/${id}/start`, 'POST', { resolution: '40x' });
  await until(`${base}/api/analyses/${id}`, ({ state }) => state === 'done');
  return id;
}
