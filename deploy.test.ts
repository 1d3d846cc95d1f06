import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvVariables } from '@/lib/server/env';

const CHART = 'deploy/helm/restain';
const tools = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'restain', 'helm');
const tool = (name: string) => (existsSync(join(tools, name)) ? join(tools, name) : name);
const isThere = (name: string, ...args: string[]) => spawnSync(tool(name), args).status === 0;
const whyNot =
  [
    ...(isThere('helm', 'version') ? [] : ['helm']),
    ...(isThere('kubeconform', '-v') ? [] : ['kubeconform']),
    ...(existsSync(join(tools, 'schemas')) ? [] : ['schemas']),
  ].join(', ') || null;
if (whyNot !== null) console.warn(`The chart is not rendered: no ${whyNot} here. sh deploy/helm/install-tools.sh`);

const template = (...set: string[]) =>
  execFileSync(
    tool('helm'),
    ['template', 'site', CHART, '--kube-version', '1.33.0', ...set.flatMap((s) => ['--set', s])],
    {
      encoding: 'utf8',
    },
  );
/** Everything that the chart can make. */
const ALL = [
  ...['keda.enabled=true', 'workers.gpu.enabled=true', 'remoteInfer.enabled=true'],
  ...['s3.server.enabled=true', 's3.credentialsSecret=keys'],
];

/** What is no setting of ours: of Node, the AWS SDK, and what compose.yaml hands to other images. */
const FOREIGN = /^(AWS_\w+|TMPDIR|HOME|ROOT_(ACCESS|SECRET)_KEY|SITE_HOST|S3_HOST)$/;
const settings = new Set(Object.keys(EnvVariables.shape));
const unknown = (names: Iterable<string>) =>
  [...new Set(names)].filter((name) => !settings.has(name) && !FOREIGN.test(name));

const documents = (yaml: string) => yaml.split(/^---$/m).filter((document) => document.includes('kind:'));
const ofKind = (yaml: string, kind: string) =>
  documents(yaml).filter((one) => new RegExp(`^kind: ${kind}$`, 'm').test(one));

describe('what is deployed', () => {
  it('sets only what the server reads', () => {
    const compose = readFileSync('deploy/compose.yaml', 'utf8');
    const inCompose = [...compose.matchAll(/^ +([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name as string);
    expect(inCompose.length).toBeGreaterThan(15);
    expect(unknown(inCompose)).toEqual([]);
    const inChart = readdirSync(`${CHART}/templates`).flatMap((file) =>
      [...readFileSync(`${CHART}/templates/${file}`, 'utf8').matchAll(/\bname: ([A-Z][A-Z0-9_]+)\b/g)].map(
        ([, name]) => name as string,
      ),
    );
    expect(inChart.length).toBeGreaterThan(15);
    expect(unknown(inChart)).toEqual([]);
  });

  it('waits for longer than the server takes to end', () => {
    const compose = readFileSync('deploy/compose.yaml', 'utf8');
    const grace = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]);
    expect(grace).toBeGreaterThan(Number(EnvVariables.parse({}).SHUTDOWN_SECONDS) + 10);
  });
});

describe.skipIf(whyNot !== null)('the chart', () => {
  it('has no fault that helm lint sees', () => {
    expect(execFileSync(tool('helm'), ['lint', '--strict', CHART], { encoding: 'utf8' })).toContain(
      '0 chart(s) failed',
    );
  });

  it.each([
    ['as it comes', []],
    ['with all that it can make', ALL],
    [
      'with a Redis outside and no policies',
      ['redis.enabled=false', 'redis.urlSecret=redis', 'networkPolicy.enabled=false'],
    ],
  ])('%s is what Kubernetes 1.33 takes', (_, set) => {
    // KEDA's kinds have no schema here.
    const location = join(tools, 'schemas', '{{.ResourceKind}}{{.KindSuffix}}.json');
    const { status, stdout } = spawnSync(
      tool('kubeconform'),
      ['-strict', '-summary', '-skip', 'ScaledObject', '-schema-location', location],
      { input: template(...set), encoding: 'utf8' },
    );
    expect([stdout, status]).toEqual([expect.stringMatching(/Valid: [1-9]\d*, Invalid: 0, Errors: 0/), 0]);
  });

  it('runs nothing as root, and nothing that can write to its image', () => {
    const made = template(...ALL);
    const pods = [...ofKind(made, 'Deployment'), ...ofKind(made, 'StatefulSet'), ...ofKind(made, 'Job')];
    expect(pods).toHaveLength(7);
    for (const pod of pods) {
      expect(pod).toContain('runAsNonRoot: true');
      expect(pod).toContain('readOnlyRootFilesystem: true');
      expect(pod).toContain('allowPrivilegeEscalation: false');
      expect(pod).toMatch(/limits:[\s\S]*memory:/);
      expect(pod).toContain('automountServiceAccountToken: false');
    }
  });

  it('lets GPUs go to zero, and a pool that KEDA scales without a number of its own', () => {
    const scaled = ofKind(template(...ALL), 'ScaledObject');
    expect(scaled).toHaveLength(2);
    expect(scaled.find((one) => one.includes('worker-gpu'))).toContain('minReplicaCount: 0');
    const workers = ofKind(template(...ALL), 'Deployment').filter((one) => one.includes('RESTAIN_ROLE, value: worker'));
    for (const worker of workers) expect(worker).not.toMatch(/^ {2}replicas:/m);
    expect(ofKind(template(), 'Deployment').filter((one) => /^ {2}replicas: \d/m.test(one))).toHaveLength(2);
  });

  it('scores slides by one provider, and scales no other pool by cells', () => {
    const counted = (...values: string[]) =>
      ofKind(template(...ALL, ...values), 'ScaledObject').map((one) => [
        /worker-[cg]pu/.exec(one)?.[0],
        !/lane!=\\?"cells/.test(one),
      ]);
    expect(Object.fromEntries(counted())).toEqual({ 'worker-cpu': false, 'worker-gpu': true });
    expect(Object.fromEntries(counted('scoringProvider=cpu'))).toEqual({ 'worker-cpu': true, 'worker-gpu': false });
    const all = ofKind(template(...ALL), 'Deployment').filter((one) => one.includes('RESTAIN_ROLE'));
    for (const one of all) expect(one).toContain('{ name: SCORING_PROVIDER, value: "cuda" }');
    const withoutGpu = ofKind(template(), 'Deployment').filter((one) => one.includes('RESTAIN_ROLE'));
    for (const one of withoutGpu) expect(one).toContain('{ name: SCORING_PROVIDER, value: "cpu" }');
  });

  it('gives posted images that workers analyse a Redis of their own, without a disk', () => {
    const made = template(...ALL);
    const passing = ofKind(made, 'Deployment').find((one) => one.includes('name: site-restain-passing'));
    expect(passing).toContain("redis-server, --save, '', --appendonly, 'no', --maxmemory, 1300mb");
    expect(passing).not.toMatch(/volumes:|mountPath/);
    const processes = ofKind(made, 'Deployment').filter((one) => one.includes('RESTAIN_ROLE'));
    expect(processes).toHaveLength(3);
    for (const one of processes) expect(one).toContain('value: redis://site-restain-passing:6379');
    expect(template()).not.toMatch(/REMOTE_|passing/);
    const outside = template('remoteInfer.enabled=true', 'remoteInfer.urlSecret=other');
    expect(outside).toMatch(/name: REMOTE_REDIS_URL\s+valueFrom: { secretKeyRef: { name: other, key: url } }/);
    expect(ofKind(outside, 'Deployment').filter((one) => one.includes('restain-passing'))).toEqual([]);
  });

  it('lets pods go to a Redis outside, and to no Redis of ours that is not there', () => {
    const reached = (...set: string[]) => {
      const [own = ''] = ofKind(template(...set), 'NetworkPolicy');
      return [...own.matchAll(/- to: \[\]\s+ports: \[\{ protocol: TCP, port: (\d+) }]|component: (\w+)$/gm)]
        .map(([, port, component]) => port ?? component)
        .filter((one) => one !== 'all');
    };
    expect(reached()).toEqual(['redis']);
    expect(reached('redis.enabled=false', 'redis.urlSecret=other')).toEqual(['6379']);
    const passing = ['remoteInfer.enabled=true', 'remoteInfer.urlSecret=other', 'networkPolicy.redisPort=6380'];
    expect(reached(...passing)).toEqual(['redis', '6380']);
  });

  it('asks Prometheus for the work of this site alone, where it is told how', () => {
    const [cpu = ''] = ofKind(template(...ALL, 'keda.labels=namespace=\\"one\\"'), 'ScaledObject');
    expect(cpu.replaceAll('\\', '')).toContain(
      'sum(max by (lane) (restain_jobs_waiting{queue="shared",lane!="cells",namespace="one"}))',
    );
  });

  it('says what is missing', () => {
    expect(() => template('redis.enabled=false')).toThrow(/redis\.urlSecret/);
    expect(() => template('s3.server.enabled=true')).toThrow(/s3\.credentialsSecret/);
    expect(() => template('settings.REDIS_URL=x')).toThrow(/settings\.REDIS_URL: the chart sets it/);
  });
});
