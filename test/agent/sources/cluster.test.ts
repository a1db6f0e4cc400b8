/** The agent against the double of an API server, on a host in a directory; the test is the controller. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../../src/api/schema/crd.ts';
import type { KubeletConfig, NodeKubelet } from '../../../src/api/types.ts';
import { type Lease, termOf } from '../../../src/cluster/resources.ts';
import { kubeletConfig } from '../../builders.ts';
import { type Running, start } from '../../cli/in-process.ts';
import { type Session, session } from '../../cli/session.ts';
import { eventually } from '../../eventually.ts';
import { type ApiServerDouble, startApiServer } from '../../fakes/api-server/server.ts';

const crds = [kubeletConfigCrd(), nodeKubeletCrd()];
const unitFile = '/etc/systemd/system/kubelet.service';
const statusWrites = (server: ApiServerDouble) =>
  server.requests.filter(({ verb, plural }) => plural === 'nodekubelets' && ['create', 'patch', 'update'].includes(verb ?? ''));

let server: ApiServerDouble;
let here: Session;
let agent: Running | undefined;

beforeEach(async () => {
  server = await startApiServer({ crds });
  here = session();
  node({ role: 'worker' });
  lead();
});
afterEach(async () => {
  agent?.stop();
  await agent?.ended;
  agent = undefined;
  await server.stop();
});

const workers = (v: number, spec = {}): KubeletConfig =>
  kubeletConfig('workers', {
    nodeSelector: { matchLabels: { role: 'worker' } },
    kubelet: { flags: { v } },
    launcher: { host: {} },
    ...spec,
  });

function node(labels: Record<string, string>, annotations: Record<string, string> = {}): void {
  const metadata: { name: string; labels: object } = { name: 'a', labels, ...{ annotations } };
  server.put({ apiVersion: 'v1', kind: 'Node', metadata });
}

/** A controller takes the Lease. */
function lead(leaseTransitions = 0, name = 'kubelet-config-controller', namespace = 'kubelet-config'): void {
  const spec = { holderIdentity: `controller-${leaseTransitions}`, leaseTransitions };
  const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec };
  server.put(lease as never);
}

const term = (name = 'kubelet-config-controller', namespace = 'kubelet-config') =>
  termOf(server.object<Lease>('leases', name, namespace));

function startAgent(...words: string[]): void {
  const kubeconfig = here.write('kubeconfig', server.kubeconfig());
  agent = start(['agent', '--source=cluster', '--root', here.root, '--kubeconfig', kubeconfig, '--node-name=a', ...words]);
}

/** The CRD as it may be one day. */
function withField(name: string): object {
  const crd = JSON.parse(JSON.stringify(kubeletConfigCrd()));
  crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties[name] = { type: 'string', maxLength: 64 };
  return crd;
}

const nodeKubelet = () => server.objects<NodeKubelet>('nodekubelets').find(({ metadata }) => metadata.name === 'a');
const status = () => nodeKubelet()?.status;
const phase = (expected: string) => eventually(() => expect(status()?.phase).toBe(expected));
const verbosity = () => /--v=(\d+)/.exec(here.read(unitFile) ?? '')?.[1];
const said = (text: string) => eventually(() => expect(agent?.log.map(({ msg }) => String(msg)).join('\n')).toContain(text));

type Approval = NonNullable<NonNullable<NodeKubelet['spec']>['approval']>;

/** Changes the approval that is there. */
function approveAgain(others: Partial<Approval>): void {
  const { spec, ...found } = nodeKubelet() as NodeKubelet;
  const signed: NodeKubelet = { ...found, spec: { approval: { ...spec?.approval, ...others } as Approval } };
  server.put(signed);
}

/** What a controller does, with a request that is new to it. */
async function approve(others: Partial<Approval> = { term: term() }): Promise<void> {
  const asked = await eventually(() => {
    const found = nodeKubelet();
    if (!found?.status?.request || found.status.request.id === found.spec?.approval?.request) throw new Error('no request');
    return found;
  });
  const { id = '', revision = '' } = asked.status?.request ?? {};
  const granted: NodeKubelet = { ...asked, spec: { approval: { request: id, revision, ...others } } };
  server.put(granted);
}

async function upToDate(v: number): Promise<void> {
  server.put(workers(v));
  await approve();
  await eventually(() => expect(verbosity()).toBe(String(v)));
  await phase('UpToDate');
}

describe('a change', () => {
  test('is asked for, claimed once granted, carried out and reported, with few writes', async () => {
    server.put(workers(2));
    startAgent();
    await phase('Waiting');
    expect(status()).toMatchObject({
      request: { reason: 'Change', revision: expect.any(String) },
      desired: [{ name: 'workers', generation: 1 }],
      pending: [unitFile],
    });
    expect(nodeKubelet()?.metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: 'a' }]);
    expect(here.managed()).toEqual({});
    const asked = status()?.request;

    await approve();
    await phase('UpToDate');
    expect(verbosity()).toBe('2');
    expect(status()).toMatchObject({ claimed: asked?.id, applied: asked?.revision, inputs: [{ name: 'workers' }] });
    expect(status()).not.toHaveProperty('request');
    // Nothing of any other node is ever asked for.
    const read = server.requests.filter(({ verb }) => verb === 'list' || verb === 'watch' || verb === 'get');
    const selections = new Set(read.map(({ plural, query }) => `${plural} ${query['fieldSelector'] ?? ''}`.trim()));
    expect([...selections].sort()).toEqual(['kubeletconfigs', 'leases', 'nodekubelets metadata.name=a', 'nodes metadata.name=a']);
    // The Lease is read once, right before the claim, and never watched.
    expect(read.filter(({ plural }) => plural === 'leases').map(({ verb }) => verb)).toEqual(['get']);
    // Made, asked, claimed, reported.
    expect(statusWrites(server)).toHaveLength(4);
    await eventually(() =>
      expect(server.objects('events')).toMatchObject([{ reason: 'KubeletConfigCommitted', type: 'Normal' }]),
    );
  });

  test('of the labels retargets the node at once, and back', async () => {
    node({});
    server.put(workers(2));
    startAgent();
    await phase('Unmanaged');
    node({ role: 'worker' });
    await approve();
    await phase('UpToDate');
    node({});
    await eventually(() => expect(status()?.request).toMatchObject({ reason: 'Restore', revision: 'originals' }));
    expect(verbosity()).toBe('2');
    await approve();
    await phase('Unmanaged');
    expect(here.managed()[unitFile]).toBeUndefined();
  });

  test('of an annotation that an expression reads gives another value', async () => {
    const computed = [{ path: 'kubelet.flags.v', expression: 'int(node.annotations[?"example.org/v"].orValue("3"))' }];
    server.put(workers(0, { kubelet: { flags: { kubeconfig: '/etc/kubernetes/kubelet.conf' } }, computed }));
    startAgent();
    await approve();
    await phase('UpToDate');
    expect(verbosity()).toBe('3');
    node({ role: 'worker' }, { 'example.org/v': '5' });
    await eventually(() => expect(status()?.phase).toBe('Waiting'));
    await approve();
    await eventually(() => expect(verbosity()).toBe('5'));
    await phase('UpToDate');
    node({ role: 'worker' }, { 'example.org/v': 'many' });
    await phase('Stalled');
    expect(status()?.lastError).toMatchObject({ code: 'ComputedFailed', message: expect.stringContaining('workers') });
    expect(verbosity()).toBe('5');
  });

  test('of what is not about this node costs nothing', async () => {
    startAgent();
    await upToDate(2);
    const before = server.requests.length;
    node({ role: 'worker', other: 'label' });
    server.put({
      ...server.object<KubeletConfig>('kubeletconfigs', 'workers'),
      status: { nodes: { matched: 1 } },
    } as KubeletConfig);
    server.put(kubeletConfig('others', { nodeSelector: { matchLabels: { role: 'other' } }, launcher: { host: {} } }));
    // The last of the events to come: what it brings has come through all the others.
    server.put(workers(3));
    await eventually(() => expect(status()?.phase).toBe('Waiting'));
    const made = server.requests.slice(before).map(({ verb, plural }) => `${verb} ${plural}`);
    expect(made).toEqual(['patch nodekubelets']);
  });

  test('that is wrong leaves the node and says where; withdrawn, all is well again', async () => {
    startAgent();
    await upToDate(2);
    server.put(workers(2, { kubelet: { flags: { v: {} as never } } }));
    await phase('Stalled');
    expect(status()?.lastError).toMatchObject({ code: 'FlagInvalid', message: expect.stringContaining('spec.kubelet.flags.v') });
    expect(verbosity()).toBe('2');
    server.put(workers(2));
    await phase('UpToDate');
  });

  test('that a newer CRD took leaves the node and says that the agent is to be updated', async () => {
    await server.stop();
    server = await startApiServer({ crds: [withField('swap'), nodeKubeletCrd()] });
    node({ role: 'worker' });
    lead();
    startAgent();
    await upToDate(2);
    server.put(workers(3, { swap: 'Limited' }));
    await phase('Stalled');
    const message = expect.stringMatching(/spec\.swap: this agent is older than the CRD.*; update the agent/);
    expect(status()?.lastError).toMatchObject({ code: 'AgentTooOld', message });
    expect(verbosity()).toBe('2');
  });

  test('that was granted and taken back at the last moment is not begun', async () => {
    startAgent();
    await upToDate(2);
    server.put(workers(3));
    const hold = server.misbehave(
      { verb: 'patch', path: (path) => path.endsWith('/nodekubelets/a/status'), times: 2 },
      { type: 'Hold', when: 'Before' },
    );
    // The first is the question itself.
    await eventually(() => expect(hold.met).toBe(1));
    hold.release();
    hold.cancel();
    const claim = server.misbehave(
      { verb: 'patch', path: (path) => path.endsWith('/a/status') },
      { type: 'Hold', when: 'Before' },
    );
    await approve();
    await eventually(() => expect(claim.met).toBe(1));
    const { spec: _revoked, ...revoked } = nodeKubelet() as NodeKubelet;
    server.put(revoked);
    claim.release();
    await eventually(() => expect(status()?.conditions?.[0]?.message).toContain('waits'));
    expect(server.requests.some((request) => request.verb === 'patch' && request.status === 409)).toBe(true);
    expect(verbosity()).toBe('2');
    await approve();
    await eventually(() => expect(verbosity()).toBe('3'));
  });
});

describe('an approval counts only in the term of the leader that gave it', () => {
  /** A node that runs v=2 and asks for v=3. */
  async function asking(...words: string[]): Promise<void> {
    startAgent(...words);
    await upToDate(2);
    server.put(workers(3));
    await eventually(() => expect(status()?.request).toBeDefined());
  }

  test('one of a frozen leader, which comes after the takeover, is not claimed; signed again it is', async () => {
    await asking();
    const frozen = term();
    lead(1);
    await approve({ term: frozen });
    await eventually(() => expect(status()?.conditions?.[0]?.message).toContain('no longer leads'));
    expect(status()?.claimed).not.toBe(status()?.request?.id);
    expect(verbosity()).toBe('2');
    approveAgain({ term: term() });
    await eventually(() => expect(verbosity()).toBe('3'));
  });

  test('one without a term is not claimed', async () => {
    await asking();
    await approve({});
    await eventually(() => expect(status()?.conditions?.[0]?.message).toContain('update the CRDs and the controller'));
    expect(verbosity()).toBe('2');
  });

  test('one of a controller with another Lease is not claimed, unless the agent is told that Lease', async () => {
    lead(7, 'mine', 'elsewhere');
    startAgent('--lease-name=mine', '--lease-namespace=elsewhere');
    server.put(workers(2));
    await approve();
    await eventually(() => expect(status()?.conditions?.[0]?.message).toContain('no longer leads'));
    server.put(workers(3));
    await eventually(() => expect(status()?.request?.id).not.toBe(nodeKubelet()?.spec?.approval?.request));
    await approve({ term: term('mine', 'elsewhere') });
    await eventually(() => expect(verbosity()).toBe('3'));
  });

  test('while its node is drained nothing begins', async () => {
    await asking();
    await approve({ term: term(), stage: 'Drain' });
    await eventually(() => expect(status()?.conditions?.[0]?.message).toContain('drains the node first'));
    expect(verbosity()).toBe('2');
    approveAgain({ stage: 'Go' });
    await eventually(() => expect(verbosity()).toBe('3'));
  });
});

describe('absence of evidence is no withdrawal', () => {
  test('an API server that goes away changes nothing, and its return is noticed', async () => {
    startAgent();
    await upToDate(2);
    await server.stop();
    server.put(workers(3));
    await said('ECONNREFUSED');
    expect(verbosity()).toBe('2');
    await server.restart();
    await approve();
    await eventually(() => expect(verbosity()).toBe('3'));
  });

  test('an agent that starts while it is away keeps what is there', async () => {
    startAgent();
    await upToDate(2);
    agent?.stop();
    await agent?.ended;
    await server.stop();
    startAgent();
    await said('nothing was changed');
    expect(verbosity()).toBe('2');
    await server.restart();
    await said('unchanged');
  });

  test('a Node that vanishes keeps its kubelet; made again it gets a NodeKubelet of its own', async () => {
    startAgent();
    await upToDate(2);
    const former = nodeKubelet()?.metadata.uid;
    server.remove('nodes', 'a');
    await said('nothing was changed');
    expect(verbosity()).toBe('2');
    node({ role: 'worker' });
    await said('belongs to an earlier Node');
    // As the garbage collector does.
    server.remove('nodekubelets', 'a');
    await eventually(() => expect(nodeKubelet()?.metadata.uid).not.toBe(former));
    await phase('UpToDate');
    expect(verbosity()).toBe('2');
  });

  test('a Node that is made again without its labels asks for nothing, and has all as before when they come', async () => {
    startAgent();
    await upToDate(2);
    server.remove('nodes', 'a');
    await said('nothing was changed');
    server.remove('nodekubelets', 'a');
    node({});
    await phase('Waiting');
    const message = expect.stringContaining('workers does not select it now');
    expect(status()?.conditions).toMatchObject([
      { status: 'False', reason: 'NodeRegisteredAnew', message },
      { status: 'True' },
      { status: 'False' },
    ]);
    expect(status()).not.toHaveProperty('request');
    expect(status()).not.toHaveProperty('lastError');
    node({ role: 'worker' });
    await phase('UpToDate');
    expect(verbosity()).toBe('2');
    // A label that goes from this very Node is a withdrawal.
    node({});
    await eventually(() => expect(status()?.request).toMatchObject({ reason: 'Restore' }));
  });

  test.each([403, 404, 500])(
    'objects that cannot be listed (%i) are no withdrawal',
    async (status) => {
      startAgent();
      await upToDate(2);
      agent?.stop();
      await agent?.ended;
      const trouble = server.misbehave(
        { verb: 'list', path: (path) => path.endsWith('/kubeletconfigs'), times: 1000 },
        { type: 'Refuse', status },
      );
      startAgent();
      await said('nothing was changed');
      expect(verbosity()).toBe('2');
      trouble.cancel();
      await said('unchanged');
    },
    20_000,
  );
});

describe('what was granted to a Node that is gone', () => {
  test('is not claimed by the one that was made again under its name', async () => {
    startAgent();
    await upToDate(2);
    server.put(workers(3));
    await phase('Waiting');
    agent?.stop();
    await agent?.ended;
    await approve();
    const former = nodeKubelet();
    server.remove('nodes', 'a');
    node({ role: 'worker' });
    startAgent();
    await said('belongs to an earlier Node');
    expect(verbosity()).toBe('2');
    expect(nodeKubelet()?.status?.claimed).not.toBe(former?.spec?.approval?.request);
    server.remove('nodekubelets', 'a');
    await approve();
    await eventually(() => expect(verbosity()).toBe('3'));
  });
});

test('a Node that a person holds stays as it is until it is released, and says why', async () => {
  startAgent();
  await upToDate(2);
  node({ role: 'worker' }, { 'kubelet-config.dev/hold': 'disk is being replaced' });
  server.put(workers(3));
  await phase('Held');
  const message = expect.stringMatching(/disk is being replaced.*kubectl annotate node a kubelet-config\.dev\/hold-/);
  expect(status()?.conditions).toMatchObject([
    { type: 'Ready', status: 'False', reason: 'Held', message },
    { type: 'Reconciling', status: 'True' },
    { type: 'Stalled', status: 'False' },
  ]);
  expect(status()).not.toHaveProperty('lastError');
  expect(status()).not.toHaveProperty('request');
  node({ role: 'worker' });
  await approve();
  await eventually(() => expect(verbosity()).toBe('3'));
});

test('a change that waits because its object is paused says so, and how to go on', async () => {
  startAgent();
  await upToDate(2);
  server.put(workers(3, { rollout: { paused: true } }));
  await phase('Paused');
  const message = expect.stringContaining('kubectl patch kubeletconfig workers --type=merge');
  expect(status()?.conditions).toMatchObject([{ reason: 'Paused', message }, { status: 'True' }, { status: 'False' }]);
  expect(status()).not.toHaveProperty('lastError');
  server.put(workers(3));
  await phase('Waiting');
});

test('a warning stands in the status for as long as its object does, also after a restart of the agent', async () => {
  const odd = (v: number) => workers(v, { kubelet: { flags: { v }, configuration: { maxPodz: 64 } } });
  server.put(odd(2));
  startAgent();
  await approve();
  await phase('UpToDate');
  const path = 'spec.kubelet.configuration.maxPodz';
  const warned = {
    warningCount: 1,
    warnings: [{ code: 'ConfigurationInvalid', path, object: 'workers', message: expect.stringMatching(/./) }],
  };
  expect(status()).toMatchObject(warned);
  agent?.stop();
  await agent?.ended;
  const before = statusWrites(server).length;
  startAgent();
  await said('unchanged');
  node({ role: 'worker', other: 'label' });
  server.put(odd(3));
  await phase('Waiting');
  expect(status()).toMatchObject(warned);
  // The request, and nothing of the restart.
  expect(statusWrites(server)).toHaveLength(before + 1);
  await approve();
  await phase('UpToDate');
  expect(status()).toMatchObject(warned);
  await upToDate(4);
  await eventually(() => expect(status()).not.toHaveProperty('warningCount'));
});

describe('the settings in use', () => {
  /** Makes a pass that finds nothing new, then one that does. @returns the requests of both */
  async function passes(v: number): Promise<string[]> {
    const before = server.requests.length;
    node({ role: 'worker', other: `label-${v}` });
    // The last of the events to come: what it brings has come through all the others.
    server.put(workers(v));
    await eventually(() => expect(status()?.phase).toBe('Waiting'));
    return server.requests.slice(before).map(({ verb, plural }) => `${verb} ${plural}`);
  }

  test('are reported without what is secret, follow each change, and are written only then', async () => {
    const header = { staticPodURLHeader: { 'X-Pass': ['hunter2'] }, maxPods: 50 };
    server.put(workers(2, { kubelet: { flags: { v: 2 }, configuration: header } }));
    startAgent();
    await approve();
    await phase('UpToDate');
    expect(status()?.inUse).toMatchObject({ configuration: { maxPods: 50 }, withheld: ['staticPodURLHeader'] });
    expect(status()?.inUse?.flags).toContain('v=2');
    expect(JSON.stringify(nodeKubelet())).not.toContain('hunter2');
    await upToDate(3);
    expect(status()?.inUse?.flags).toContain('v=3');
    expect(status()?.inUse).not.toHaveProperty('withheld');
    expect(await passes(4)).toEqual(['patch nodekubelets']);
  });

  test('an older CRD drops them, and costs no further requests', async () => {
    await server.stop();
    const older = JSON.parse(JSON.stringify(nodeKubeletCrd()));
    delete older.spec.versions[0].schema.openAPIV3Schema.properties.status.properties.inUse;
    server = await startApiServer({ crds: [kubeletConfigCrd(), older] });
    node({ role: 'worker' });
    lead();
    startAgent();
    await upToDate(2);
    expect(status()).not.toHaveProperty('inUse');
    expect(await passes(3)).toEqual(['patch nodekubelets']);
  });
});

test('a NodeKubelet from which somebody has taken the owner goes on being this one', async () => {
  startAgent();
  await upToDate(2);
  const { metadata, ...rest } = nodeKubelet() as NodeKubelet;
  const { ownerReferences: _owner, ...bare } = metadata;
  server.put({ ...rest, metadata: bare });
  await upToDate(3);
});

test('a grant that a report runs into is taken, though its event is lost', async () => {
  startAgent();
  await upToDate(2);
  server.put(workers(3));
  await phase('Waiting');
  const hold = server.misbehave({ verb: 'patch', path: (path) => path.endsWith('/a/status') }, { type: 'Hold', when: 'Before' });
  const found = server.object<{ metadata: { name: string }; status?: object }>('nodes', 'a');
  if (!found) throw new Error('there is no Node a');
  const updated = { ...found, apiVersion: 'v1', kind: 'Node', status: { nodeInfo: { kubeletVersion: 'v1.30.1' } } };
  server.put(updated);
  await eventually(() => expect(hold.met).toBe(1));
  server.loseEvents({ event: ({ object }) => object.kind === 'NodeKubelet', times: 1 });
  await approve();
  hold.release();
  await eventually(() => expect(verbosity()).toBe('3'));
});

test('more objects than a node is made of are refused, and that is reported', async () => {
  for (let count = 0; count < 65; count += 1) server.put(kubeletConfig(`all-${count}`, { launcher: { host: {} } }));
  startAgent();
  await phase('Stalled');
  expect(status()?.lastError).toMatchObject({ code: 'TooLarge', message: expect.stringContaining('65 objects') });
  expect(status()?.desired).toHaveLength(64);
});

describe('told to stop while the API server hangs, it goes within seconds', () => {
  test('before it has answered anything', async () => {
    const ignored = server.misbehave({ times: 1_000 }, { type: 'Ignore' });
    startAgent();
    await eventually(() => expect(ignored.met).toBeGreaterThan(0));
    agent?.stop();
    expect(await agent?.ended).toMatchObject({ exitCode: 0 });
  });

  test('in the middle of a report', async () => {
    startAgent();
    await upToDate(2);
    const ignored = server.misbehave({ verb: 'patch', times: 1_000 }, { type: 'Ignore' });
    server.put(workers(3));
    await eventually(() => expect(ignored.met).toBe(1));
    agent?.stop();
    expect(await agent?.ended).toMatchObject({ exitCode: 0 });
  });
});

test('lost and repeated events, ended watches and forgotten history lead to the same place', async () => {
  startAgent();
  await upToDate(2);
  server.repeatEvents({ times: 20 });
  await upToDate(3);
  server.loseEvents({ event: ({ object }) => object.kind === 'KubeletConfig' });
  server.put(workers(4));
  server.compact();
  server.endWatches();
  await approve();
  await eventually(() => expect(verbosity()).toBe('4'));
});

describe('before the cluster knows the node', () => {
  const objects = (v: number) => {
    mkdirSync(join(here.directory, 'configs'), { recursive: true });
    writeFileSync(join(here.directory, 'configs/workers.yaml'), JSON.stringify(workers(v)));
  };
  const bootstrap = () => startAgent(`--bootstrap=dir:${join(here.directory, 'configs')}`, '--label=role=worker');

  test('a directory brings up the first kubelet, and then the cluster counts', async () => {
    server.remove('nodes', 'a');
    objects(1);
    bootstrap();
    await eventually(() => expect(verbosity()).toBe('1'));
    expect(nodeKubelet()).toBeUndefined();
    // Its kubelet registers, and nobody has made an object for it yet.
    node({ role: 'worker' });
    await phase('UpToDate');
    expect(status()?.inputs).toMatchObject([{ name: 'workers', uid: '', generation: 0 }]);
    server.put(workers(2));
    await approve();
    await eventually(() => expect(verbosity()).toBe('2'));
    // From here on the directory has no say.
    server.remove('kubeletconfigs', 'workers');
    await eventually(() => expect(status()?.request).toMatchObject({ reason: 'Restore' }));
  });

  test('credentials that are not there yet are waited for', async () => {
    objects(1);
    const missing = join(here.directory, 'kubelet.conf');
    const words = ['agent', '--source=cluster', '--root', here.root, '--kubeconfig', missing, '--node-name=a'];
    agent = start([...words, `--bootstrap=dir:${join(here.directory, 'configs')}`, '--label=role=worker']);
    await eventually(() => expect(verbosity()).toBe('1'));
    expect(existsSync(missing)).toBe(false);
    // Nothing else happens that could be noticed.
    here.write('kubelet.conf', server.kubeconfig());
    await eventually(() => expect(status()).toMatchObject({ phase: 'UpToDate', inputs: [{ uid: '' }] }));
  });
});

describe('which node this is', () => {
  test('is asked of the API server where nobody says it', async () => {
    server.tokens.set('bound', { username: 'system:node:a', groups: ['system:nodes'] });
    const kubeconfig = here.write('kubeconfig', server.kubeconfig('bound'));
    agent = start(['agent', '--source=cluster', '--root', here.root, '--kubeconfig', kubeconfig]);
    await phase('Unmanaged');
  });

  test('comes from $NODE_NAME, in lower case', async () => {
    const kubeconfig = here.write('kubeconfig', server.kubeconfig());
    agent = start(['agent', '--source=cluster', '--root', here.root, '--kubeconfig', kubeconfig], { NODE_NAME: 'A' });
    await phase('Unmanaged');
  });

  test('is a complaint with a remedy where nobody knows it', async () => {
    const kubeconfig = here.write('kubeconfig', server.kubeconfig());
    agent = start(['agent', '--source=cluster', '--root', here.root, '--kubeconfig', kubeconfig]);
    await said('nothing was changed');
    expect(JSON.stringify(agent.log)).toContain('the API server knows us as admin, which is not a node');
    expect(JSON.stringify(agent.log)).toContain('--node-name');
  });
});

test('/readyz says no until the API server has answered, and yes from then on', async () => {
  const lists = server.misbehave(
    { verb: 'list', path: (path) => path.endsWith('/kubeletconfigs') },
    { type: 'Hold', when: 'Before' },
  );
  startAgent('--metrics-address=127.0.0.1:0');
  await eventually(() => expect(lists.met).toBe(1));
  const address = String(agent?.log.find(({ msg }) => msg === 'watching')?.['metrics']);
  const probe = async (path: string) => (await fetch(`http://${address}${path}`)).status;
  expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 503]);
  lists.release();
  await eventually(async () => expect(await probe('/readyz')).toBe(200));
  await server.stop();
  expect(await probe('/readyz')).toBe(200);
  await server.restart();
});

test('/metrics counts passes and changes, and /healthz answers', async () => {
  server.put(workers(2));
  startAgent('--metrics-address=127.0.0.1:0');
  await approve();
  await phase('UpToDate');
  const address = String(agent?.log.find(({ msg }) => msg === 'watching')?.['metrics']);
  const metrics = await (await fetch(`http://${address}/metrics`)).text();
  expect(metrics).toContain('kubelet_config_agent_changes_total{result="Committed"} 1');
  expect(metrics).toMatch(/kubelet_config_agent_passes_total\{outcome="Waiting"\} [1-9]/);
  expect(await (await fetch(`http://${address}/healthz`)).text()).toBe('ok');
});
