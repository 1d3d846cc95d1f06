// node e2e/bench/flood.mjs URL [CONNECTIONS] [KIND] [SECONDS]: opens all connections at once and times
// requests of /api/health at the same time.
// Kinds: idle (sends nothing), headers (without their end), body (an upload that stops), page, api.
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const [address = 'http://localhost:3000', count = '1000', kind = 'idle', seconds = '5'] = process.argv.slice(2);
const { hostname: host, port } = new URL(address);
const HOST = 'Host: localhost\r\n';
const SENT = {
  idle: '',
  headers: `GET / HTTP/1.1\r\n${HOST}`,
  body: `POST /api/infer HTTP/1.1\r\n${HOST}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="img"; filename="a"\r\n\r\n`,
  page: `GET / HTTP/1.1\r\n${HOST}\r\n`,
  api: `GET /api/openapi.json HTTP/1.1\r\n${HOST}\r\n`,
};
const until = Date.now() + Number(seconds) * 1000;

/** The flood is a separate process, so that its work does not delay the health requests. */
if (process.env.FLOOD_ROLE === 'sender') {
  for (let i = 0; i < Number(count); i++) {
    const socket = connect(Number(port), host).on('error', () => {});
    socket.on('connect', () => socket.write(SENT[kind])).resume();
  }
  setTimeout(() => process.exit(0), until - Date.now()).unref();
} else {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), address, count, kind, seconds], {
    env: { ...process.env, FLOOD_ROLE: 'sender' },
    stdio: 'inherit',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const probes = [];
  while (Date.now() < until) {
    probes.push(await probe());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  await ended;
  const times = probes.map(({ ms }) => ms).sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      kind,
      connections: Number(count),
      probes: probes.length,
      failed: probes.filter(({ status }) => status !== 200).length,
      medianMs: times[times.length >> 1],
      worstMs: times.at(-1),
    }),
  );
}

function probe() {
  const started = performance.now();
  return new Promise((resolve) => {
    const end = (status) => resolve({ status, ms: Math.round(performance.now() - started) });
    get({ host, port, path: '/api/health', agent: false }, (response) => {
      response.resume().once('end', () => end(response.statusCode));
    }).once('error', () => end(0));
  });
}
