import 'server-only';
import { getEnv } from '@/lib/server/env';
import { doubt, type Finding, fault, ok, reasonOf } from './finding';

const PATIENCE_MS = 10_000;

/** Asks the server by its public address, where it runs, and looks at what proxies have made of the request. */
export async function examineProxy(): Promise<Finding[]> {
  const { publicUrl, trustedProxies } = getEnv().http;
  if (publicUrl === undefined)
    return trustedProxies === 0
      ? [ok('No proxy is set (TRUST_PROXY, PUBLIC_URL), and none was looked for.')]
      : [doubt('Whether proxies pass on what they should cannot be seen: set PUBLIC_URL to the address of the site.')];
  const isTls = publicUrl.startsWith('https:');
  const findings: Finding[] = [];
  if (isTls && trustedProxies === 0)
    findings.push(
      fault(
        `PUBLIC_URL is ${publicUrl}, so a proxy ends TLS, but TRUST_PROXY is 0: all who come through it share the limits of one address. Set TRUST_PROXY to the number of proxies.`,
      ),
    );
  const answer = await fetch(`${publicUrl}/api/health`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    (error: unknown) => reasonOf(error),
  );
  if (typeof answer === 'string')
    return [...findings, doubt(`${publicUrl} does not answer: ${answer}. Run this again where the server runs.`)];
  await answer.body?.cancel();
  if (answer.status === 421)
    return [
      ...findings,
      fault(`The server does not answer to ${new URL(publicUrl).hostname}: add that name to ALLOWED_HOSTS.`),
    ];
  if (!answer.ok || answer.headers.get('x-request-id') === null)
    return [...findings, fault(`${publicUrl}/api/health is answered with ${answer.status}, and not by this server.`)];
  findings.push(ok(`${publicUrl} leads to the server.`));
  if (isTls && trustedProxies > 0)
    findings.push(
      answer.headers.has('strict-transport-security')
        ? ok('The proxy tells that it ends TLS (X-Forwarded-Proto).')
        : fault('The proxy does not send X-Forwarded-Proto: https, so browsers are not told to keep to TLS.'),
    );
  return findings;
}
