// The process of `npm run doctor`. workers/build.mjs bundles it.
import 'server-only';
import { examineAll } from './examine';

const MARKS = { ok: 'ok   ', doubt: 'HM   ', fault: 'FAULT' };

const count = { ok: 0, doubt: 0, fault: 0 };
// biome-ignore lint/style/noProcessEnv: it examines the environment itself, also one that cannot be read as settings.
for await (const { level, says } of examineAll(process.env)) {
  count[level]++;
  console.log(`${MARKS[level]} ${says}`);
}
const plural = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;
console.log(`\n${plural(count.fault, 'fault')}, ${plural(count.doubt, 'doubt')}.`);
process.exit(count.fault > 0 ? 1 : 0);
