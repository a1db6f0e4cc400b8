import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { defaultAllowance } from '../../../src/api/paths.ts';
import { formatPath } from '../../../src/api/problem.ts';
import { mergedFields } from '../../../src/api/schema/schema.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { type Desired, desiredFor } from '../../../src/desired/effective.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { crdFile, crdName, installCrd, objectWith, resource, succeed } from '../../cluster/kubelet-configs.ts';
import { describeCluster } from '../../cluster/tier.ts';
import { examples } from '../../examples.ts';
import { validObject } from '../validate/valid.ts';

const folder = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** The effective spec of a node with these labels. */
function effectiveSpec(objects: readonly KubeletConfig[], labels: Readonly<Record<string, string>>): unknown {
  const desired: Desired = desiredFor(objects, labels, defaultAllowance);
  if (desired.kind !== 'Effective') throw new Error(`not effective but ${JSON.stringify(desired)}`);
  const { spec, fields, owners } = desired.effective;
  // The server sorts the keys of maps, so the order of the owners means nothing.
  return { spec, fields, owners: owners.map(({ path, object }) => `${object}: ${formatPath(path)}`).sort() };
}

describeCluster('the CRD on an API server', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installCrd(plane);
  });
  afterAll(() => plane?.stop());

  async function stored(name: string): Promise<KubeletConfig> {
    const { status, body } = await plane.request('GET', `${resource}/${name}`);
    expect(status, `${name} is stored`).toBe(200);
    return body as KubeletConfig;
  }

  async function store(object: unknown): Promise<KubeletConfig> {
    const { status, body } = await plane.request('POST', `${resource}?fieldValidation=Strict`, object);
    expect({ status, body }).toMatchObject({ status: 201 });
    return body as KubeletConfig;
  }

  interface Crd {
    readonly metadata: { readonly generation: number; readonly resourceVersion: string };
    readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
  }

  async function installedCrd(): Promise<Crd> {
    return JSON.parse(await succeed(plane, ['get', 'crd', crdName, '-o', 'json'])) as Crd;
  }

  it('is established, its names accepted and its schema structural', async () => {
    const conditions = (await installedCrd()).status.conditions.map(({ type, status }) => `${type}=${status}`);
    expect(conditions.sort()).toEqual(['Established=True', 'NamesAccepted=True']);
  });

  it('is not changed by applying it again', async () => {
    const before = await installedCrd();
    expect(await succeed(plane, ['apply', '-f', crdFile])).toContain('unchanged');
    expect((await installedCrd()).metadata).toEqual(before.metadata);
    expect(await succeed(plane, ['diff', '-f', crdFile])).toBe('');
  });

  it('explains fields however deep they lie', async () => {
    // The server publishes the schema of a new kind a moment after it has established it.
    const text = await vi.waitFor(() => succeed(plane, ['explain', 'kc.spec.launcher.rkt.volumes.empty.mode']), {
      timeout: 30_000,
    });
    expect(text).toContain('FIELD: mode <string>');
    expect(text.replace(/\s+/g, ' ')).toContain('Mode of the directory as a string of octal digits. Default "0755".');
    const all = await succeed(plane, ['explain', 'kubeletconfigs', '--recursive']);
    for (const field of ['nodeSelector', 'matchExpressions', 'configurationPath', 'uuidFile', 'maxUnavailable', 'withoutAgent'])
      expect(all).toContain(field);
    expect(all).toMatch(/operator\s+<string> -required-\n\s+enum: In, NotIn, Exists, DoesNotExist/);
  });

  it('has a short name, a category and the columns that say how a rollout goes', async () => {
    await store({ ...objectWith([], {}), metadata: { name: 'listed' } });
    for (const name of ['kc', 'kubelet-config', 'kubeletconfig']) {
      const [header = '', ...rows] = (await succeed(plane, ['get', name])).trim().split('\n');
      expect(header.split(/\s+/)).toEqual(['NAME', 'MATCHED', 'UPDATED', 'WARNINGS', 'READY', 'STATUS', 'AGE']);
      expect(rows.some((row) => row.startsWith('listed '))).toBe(true);
    }
  });

  it.each(examples)(
    'stores examples/$name, and gives it back with the same effective spec',
    async ({ name, objects, labels }) => {
      await succeed(plane, ['apply', '--validate=strict', '-f', `${folder}${name}`]);
      const back = await Promise.all(objects.map(({ metadata }) => stored(metadata.name)));
      expect(back.map((object) => validateKubeletConfig(object))).toEqual(objects.map((object) => validateKubeletConfig(object)));
      expect(effectiveSpec(back, labels)).toEqual(effectiveSpec(objects, labels));
      expect(await succeed(plane, ['apply', '-f', `${folder}${name}`])).not.toMatch(/created|configured/);
    },
  );

  it('adds priority and deletionPolicy to what is stored, and nothing below another field', async () => {
    const spec = {
      nodeSelector: { matchLabels: {} },
      launcher: { rkt: { volumes: [{ name: 'a', empty: {} }] } },
      files: [{ path: '/opt/bin/a' }],
      patches: [],
      rollout: { maxUnavailable: 2 },
    };
    const back = await store({ ...objectWith([], {}), metadata: { name: 'defaulted' }, spec });
    expect(back.spec).toEqual({ ...spec, priority: 0, deletionPolicy: 'Restore' });

    const bare = await store({ ...objectWith([], {}), metadata: { name: 'bare' } });
    expect(Object.keys(bare.spec).sort()).toEqual(['deletionPolicy', 'nodeSelector', 'priority']);
    expect(Object.keys(bare.spec).filter((name) => (mergedFields as readonly string[]).includes(name))).toEqual([]);
    expect(validateKubeletConfig(bare)).toEqual([]);
  });

  it('keeps every value of the untyped maps: false, 0, "", fractions, empty lists and deep nesting', async () => {
    const object = validObject();
    const flags = {
      a: false,
      b: 0,
      c: '',
      d: 0.5,
      e: [],
      f: ['x', ''],
      g: 1e-7,
      h: Number.MAX_SAFE_INTEGER,
      i: '0644',
      j: 'é\t😀',
    };
    const configuration = {
      maxPods: 0,
      failSwapOn: false,
      evictionHard: { 'memory.available': '1%' },
      reservedMemory: [{ a: [[1.5]] }],
    };
    const spec = { ...(object['spec'] as object), kubelet: { flags, configuration } };
    const written = { ...object, metadata: { name: 'untyped' }, spec } as unknown as KubeletConfig;
    const back = await store(written);
    expect(back.spec.kubelet).toEqual({ flags, configuration });
    expect(validateKubeletConfig(back)).toEqual([]);
    const labels = written.spec.nodeSelector.matchLabels ?? {};
    expect(effectiveSpec([back], labels)).toEqual(effectiveSpec([written], labels));
  });

  it('merges the volumes of two field managers by name, and tells them of each other when they want the same one', async () => {
    const apply = (manager: string, volume: object, nodeSelector?: object) => {
      const object = { ...objectWith([], {}), metadata: { name: 'shared' } };
      const spec = { ...(nodeSelector && { nodeSelector }), launcher: { rkt: { volumes: [volume] } } };
      return plane.kubectl(
        ['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'],
        JSON.stringify({ ...object, spec }),
      );
    };
    const resolv = { name: 'resolv', hostPath: '/etc/resolv.conf', readOnly: true };
    const scratch = { name: 'scratch', empty: { mode: '0700' } };
    expect(await apply('one', resolv, { matchLabels: { role: 'worker' } })).toMatchObject({ exitCode: 0 });
    expect(await apply('two', scratch)).toMatchObject({ exitCode: 0 });
    expect((await stored('shared')).spec).toMatchObject({
      nodeSelector: { matchLabels: { role: 'worker' } },
      launcher: { rkt: { volumes: [resolv, scratch] } },
    });

    const refused = await apply('two', { ...resolv, hostPath: '/run/resolv.conf' });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('conflict with "one": .spec.launcher.rkt.volumes[name="resolv"].hostPath');
  });

  it('has a status of its own, which is no change of the object', async () => {
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'AllUpdated',
      message: 'x',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    };
    const status = { observedGeneration: 1, nodes: { matched: 3 }, conditions: [condition] };
    const { metadata, ...created } = await store({ ...objectWith([], { status }), metadata: { name: 'reported' } });
    // The default of the status: without it an object that no controller has seen counts as done.
    expect(created['status']).toEqual({ observedGeneration: -1 });
    expect(await plane.request('PATCH', `${resource}/reported/status`, { status })).toMatchObject({ status: 200 });
    const back = await stored('reported');
    expect(back.status).toEqual(status);
    expect(back.metadata.generation).toBe(metadata.generation);
    expect(validateKubeletConfig(back)).toEqual([]);
  });
});
