import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import yargs from 'yargs';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../../src/api/schema/crd.ts';
import type { KubeletConfig, NodeKubelet } from '../../../src/api/types.ts';
import type { Action, CommandContext } from '../../../src/cli/command.ts';
import { controller } from '../../../src/cli/commands/controller.ts';
import { terminalFor } from '../../../src/cli/print/terminal.ts';
import { kubeletConfig } from '../../builders.ts';
import { scratchDirectory } from '../../cluster/scratch.ts';
import { eventually } from '../../eventually.ts';
import { type ApiServerDouble, startApiServer } from '../../fakes/api-server/server.ts';

type Line = Readonly<Record<string, unknown>>;

interface Running {
  /** Its exit code, or what it failed with. */
  readonly ended: Promise<unknown>;
  readonly log: readonly Line[];
  stop(): Promise<unknown>;
}

function run(...words: string[]): Running {
  const stopping = new AbortController();
  const log: Line[] = [];
  const lines = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      for (const line of chunk.toString().trim().split('\n')) log.push(JSON.parse(line));
      done();
    },
  });
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as NodeJS.WriteStream;
  const context: CommandContext = {
    terminal: terminalFor(silent, silent, {}),
    stop: stopping.signal,
    log: lines,
    environment: {},
    standardInput: Readable.from([]),
  };
  const ended = (async () => {
    let chosen: Action | undefined;
    const program = yargs().exitProcess(false).fail(false);
    controller.register(program, '', (action) => {
      chosen = action;
    });
    await program.parseAsync(['controller', ...words]);
    return chosen && (chosen as Action)(context);
  })().catch((error: unknown) => error);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  onTestFinished(async () => void (await stop()));
  return { ended, log, stop };
}

interface World {
  readonly server: ApiServerDouble;
  readonly kubeconfig: string;
}

async function world(): Promise<World> {
  const server = await startApiServer({ crds: [kubeletConfigCrd(), nodeKubeletCrd()] });
  onTestFinished(() => server.stop());
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubelet-config' } });
  const kubeconfig = join(scratchDirectory(), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const metadata = { name: 'a', uid: 'node-a' };
  server.put({ apiVersion: 'v1', kind: 'Node', metadata, status: { conditions: [{ type: 'Ready', status: 'True' }] } } as never);
  server.put(kubeletConfig('workers', { launcher: { host: {} } }));
  const status = { phase: 'Waiting', request: { id: 'r1', revision: 'r', reason: 'Change' } };
  server.put({ apiVersion: 'kubelet-config.dev/v1alpha1', kind: 'NodeKubelet', metadata: { name: 'a' }, status } as never);
  return { server, kubeconfig };
}

const approval = ({ server }: World) => server.object<NodeKubelet>('nodekubelets', 'a').spec?.approval?.request;
const holder = ({ server }: World) =>
  server.object<{ spec: { holderIdentity?: string } }>('leases', 'kubelet-config-controller', 'kubelet-config').spec
    .holderIdentity;

test('leads, grants, reports, counts, and gives the lease back when stopped', async () => {
  const here = await world();
  const running = run('--kubeconfig', here.kubeconfig, '--identity=one', '--metrics-address=127.0.0.1:0');
  await eventually(() => expect(approval(here)).toBe('r1'));
  expect(holder(here)).toBe('one');
  await eventually(() => {
    const { status } = here.server.object<KubeletConfig>('kubeletconfigs', 'workers');
    expect(status?.nodes).toMatchObject({ matched: 1, updating: 1 });
  });

  const address = running.log.find(({ msg }) => msg === 'waiting to lead')?.['metrics'];
  const get = async (path: string) => (await fetch(`http://${address}${path}`)).text();
  expect(await get('/healthz')).toBe('ok');
  const metrics = await get('/metrics');
  expect(metrics).toContain('kubelet_config_leader 1\n');
  expect(metrics).toContain('kubelet_config_nodes{object="workers",state="Updating"} 1\n');
  expect(metrics).toContain('kubelet_config_ready{object="workers"} 0\n');
  expect(metrics).toContain('kubelet_config_approvals_granted_total 1\n');

  expect(await running.stop()).toBe(0);
  expect(holder(here) ?? '').toBe('');
  expect(running.log.map(({ msg }) => msg)).toEqual(['waiting to lead', 'leading', 'granted', 'stopped']);
  expect(running.log[2]).toMatchObject({ level: 'info', node: 'a', request: 'r1', revision: 'r', place: 'Rollout' });
});

test('waits while another one leads, and takes over at once when that one stops', async () => {
  const here = await world();
  const first = run('--kubeconfig', here.kubeconfig, '--identity=one');
  await eventually(() => expect(approval(here)).toBe('r1'));
  const second = run('--kubeconfig', here.kubeconfig, '--identity=two', '--metrics-address=127.0.0.1:0');
  await eventually(() => expect(second.log).toContainEqual(expect.objectContaining({ msg: 'another one leads', leader: 'one' })));
  const address = second.log[0]?.['metrics'];
  expect(await (await fetch(`http://${address}/metrics`)).text()).toContain('kubelet_config_leader 0\n');
  await first.stop();
  await eventually(() => expect(holder(here)).toBe('two'));
  expect(await second.stop()).toBe(0);
});

test("ends with an error when the lease is another one's", async () => {
  const here = await world();
  const running = run('--kubeconfig', here.kubeconfig, '--identity=one');
  await eventually(() => expect(approval(here)).toBe('r1'));
  const lease = here.server.object<{ spec: object; metadata: { name: string; namespace: string } }>(
    'leases',
    'kubelet-config-controller',
    'kubelet-config',
  );
  here.server.put({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    ...lease,
    spec: { ...lease.spec, holderIdentity: 'two' },
  } as never);
  expect(await running.ended).toMatchObject({ name: 'CommandFailure', remedy: expect.stringContaining('start it again') });
  await eventually(() => expect(here.server.watches).toBe(0));
});

describe('refuses', () => {
  test('a kubeconfig that is not there', async () => {
    const { ended } = run('--kubeconfig', '/nowhere/kubeconfig');
    expect(await ended).toMatchObject({
      name: 'CommandFailure',
      exitCode: 7,
      message: expect.stringContaining('/nowhere/kubeconfig'),
    });
  });

  test('a metrics address that is not HOST:PORT', async () => {
    const { kubeconfig } = await world();
    expect(await run('--kubeconfig', kubeconfig, '--metrics-address=9345').ended).toMatchObject({ code: 'Malformed' });
  });

  test('a taint that is not the key alone', async () => {
    const expected = { exitCode: 2, remedy: expect.stringContaining('only the key') };
    expect(await run('--unconfigured-taint=example.com/new:NoSchedule').ended).toMatchObject(expected);
  });

  test('an option that it does not have', async () => {
    for (const odd of ['1500ms', '0s', '-3s', '2h', 'soon'])
      expect(await run(`--lease-duration=${odd}`).ended).toMatchObject({
        exitCode: 2,
        remedy: expect.stringContaining('whole seconds'),
      });
    expect(await run('--lease-nam=x').ended).toMatchObject({ exitCode: 2, remedy: 'did you mean --lease-name?' });
  });
});
