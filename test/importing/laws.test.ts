/** An import of what was rendered gives the object back. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { secretIn } from '../../src/api/validate/secrets.ts';
import { readWithoutOurs } from '../../src/importing/own-files.ts';
import { hideSecretOf } from '../../src/text/hide-secrets.ts';
import { printableText } from '../any-text.ts';
import { kubeletConfig } from '../builders.ts';
import { generatedSlow } from '../runs.ts';
import { after, contentsOfNode, imported, type Node, nodeOf, renderedFor } from './tree.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const path = fc.tuple(name, name).map((parts) => `/${parts.join('/')}`);
const text = printableText({ maxLength: 12 }).filter(
  (one) => secretIn(one, ['a']) === undefined && hideSecretOf('a', one) === one,
);

const flags = fc.record(
  {
    v: fc.integer({ min: 0, max: 9 }),
    'node-ip': fc.ipV4(),
    'fail-swap-on': fc.boolean(),
    'node-labels': fc.uniqueArray(name, { minLength: 2, maxLength: 3 }).map((keys) => keys.map((key) => `${key}=1`)),
    'root-dir': path,
    'hostname-override': text,
  },
  { requiredKeys: [] },
);
const configuration = fc.record(
  {
    maxPods: fc.integer({ min: 1, max: 250 }),
    clusterDNS: fc.array(fc.ipV4(), { maxLength: 2 }),
    evictionHard: fc.dictionary(fc.constantFrom('memory.available', 'nodefs.available'), fc.constantFrom('5%', '100Mi'), {
      minKeys: 1,
    }),
    syncFrequency: fc.constantFrom('1m', '60s'),
    staticPodPath: path,
  },
  { requiredKeys: [] },
);
const variables = fc.dictionary(fc.stringMatching(/^V[A-Z]{1,4}$/), text, { minKeys: 1, maxKeys: 3 });
const options = fc.record({
  Service: fc.record({ RestartSec: fc.constantFrom(['3'], []), LimitNOFILE: fc.constant(['40000']) }),
});
const unit = fc.record({ environment: variables, options }, { requiredKeys: [] }).filter((one) => Object.keys(one).length > 0);
const kubelet = fc.record(
  {
    flags: flags.filter((one) => Object.keys(one).length > 0),
    configuration,
    configurationPath: fc.constant('/etc/kubernetes/x.yaml'),
  },
  { requiredKeys: ['flags', 'configuration'] },
);

const host: fc.Arbitrary<Partial<KubeletConfigSpec>> = fc.record(
  {
    kubelet,
    unit,
    launcher: fc.record({
      host: fc.record({ binary: path.filter((one) => one.startsWith('/')).map((one) => `${one}/kubelet`) }, { requiredKeys: [] }),
    }),
  },
  { requiredKeys: ['kubelet', 'launcher'] },
);

const volumes = fc.uniqueArray(name, { minLength: 1, maxLength: 3 }).chain((names) =>
  fc.tuple(
    ...names.sort().map((one) =>
      fc.record(
        {
          name: fc.constant(one),
          hostPath: path,
          mountPath: fc.constant(`/mnt/${one}`),
          readOnly: fc.boolean(),
          recursive: fc.boolean(),
        },
        { requiredKeys: ['name', 'hostPath'] },
      ),
    ),
  ),
);
const rkt: fc.Arbitrary<Partial<KubeletConfigSpec>> = fc.record(
  {
    kubelet: fc.record(
      {
        version: fc.constantFrom('v1.5.4_coreos.0', 'v1.18.2'),
        image: fc.constant('docker://example.org/hyperkube'),
        flags: fc.constant({ v: 2 }),
      },
      { requiredKeys: ['version', 'flags'] },
    ),
    unit,
    launcher: fc.record({
      rkt: fc.record(
        {
          binary: fc.constant('/opt/bin/rkt'),
          globalArgs: fc.constant(['--debug']),
          stage1: fc.constantFrom({ fromDir: 'stage1-fly.aci' }, { path: '/a b/stage1.aci' }),
          imageArgs: fc.constant(['--name=kubelet']),
          options: fc.constant(['--net=host', '--set-env=X=a b', '--dns=host']),
          uuidFile: fc.constant('/etc/kubernetes/pod.uuid'),
          volumes,
          wrapper: fc.constant({ path: '/opt/bin/mine/kubelet-wrapper' }),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { requiredKeys: ['kubelet', 'launcher'] },
);

/** Podman's command has no names of volumes: an import makes them of the places, in whose order they are rendered. */
const podmanVolumes = fc.uniqueArray(name, { minLength: 1, maxLength: 3 }).chain((names) =>
  fc.tuple(
    ...names.sort().map((one) =>
      fc.oneof(
        fc.record(
          {
            name: fc.constant(`mnt-${one}`),
            hostPath: path,
            mountPath: fc.constant(`/mnt/${one}`),
            readOnly: fc.constant(true as const),
          },
          { requiredKeys: ['name', 'hostPath', 'mountPath'] },
        ),
        fc.record({
          name: fc.constant(`mnt-${one}`),
          hostPath: path,
          mountPath: fc.constant(`/mnt/${one}`),
          recursive: fc.constant(true as const),
        }),
        fc.record({
          name: fc.constant(`mnt-${one}`),
          empty: fc.constantFrom({}, { mode: '0700' }),
          mountPath: fc.constant(`/mnt/${one}`),
        }),
      ),
    ),
  ),
);
const podman: fc.Arbitrary<Partial<KubeletConfigSpec>> = fc.record(
  {
    kubelet: fc.record(
      {
        version: fc.constantFrom('v1.30.2', 'v1.18.2'),
        image: fc.constantFrom('registry.example.com/kubelet', 'localhost:5000/a/kubelet'),
        flags: flags.filter((one) => Object.keys(one).length > 0),
        configuration,
      },
      { requiredKeys: ['version', 'image', 'flags'] },
    ),
    unit,
    launcher: fc.record({
      podman: fc.record(
        {
          binary: fc.constant('/opt/bin/podman'),
          options: fc.subarray(
            ['--log-driver=k8s-file', '--pull=never', '--no-hosts', '--volume=/srv/a:/srv/a:rshared,z', '--entrypoint=/a b'],
            { minLength: 1 },
          ),
          volumes: podmanVolumes,
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { requiredKeys: ['kubelet', 'launcher'] },
);

/** Whatever the node already had: nothing. */
const onNothing = { osRelease: {} };

async function importedAgain(spec: Partial<KubeletConfigSpec>, launcher: 'host' | 'rkt' | 'podman') {
  const object = kubeletConfig('imported', spec);
  const rendered = renderedFor(object, onNothing);
  if (rendered.kind === 'Refused') throw new Error(JSON.stringify(rendered.problems));
  const { installed } = await nodeOf(Object.fromEntries(rendered.revision.files.map((file) => [file.path, file.content])));
  const again = imported(installed, launcher).object?.spec;
  const { nodeSelector: _nodeSelector, ...fields } = again ?? {};
  return fields;
}

test('existing: what adds nothing is imported as nothing', async () => {
  const { installed } = await nodeOf({ '/etc/systemd/system/kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet --v=2\n' });
  const { object } = imported(installed, 'existing');
  expect(renderedFor(object, { osRelease: {}, installed })).toMatchObject({ kind: 'Rendered', revision: { files: [] } });
  expect(object?.spec.launcher).toEqual({ existing: {} });
});

test.each([
  ['host', host],
  ['rkt', rkt],
  ['podman', podman],
] as const)('%s', async (launcher, specs) => {
  await fc.assert(
    fc.asyncProperty(specs, async (spec) => {
      expect(await importedAgain(spec, launcher)).toEqual(spec);
    }),
    { numRuns: generatedSlow },
  );
});

const removed = ['clusterDNS', 'evictionHard', 'evictionHard/memory.available', 'imageGCHighThresholdPercent'];
const existing: fc.Arbitrary<Partial<KubeletConfigSpec>> = fc.record(
  {
    kubelet: fc.record(
      { flags, configuration: fc.oneof(configuration, fc.constant({ maxPods: 64, featureGates: { A: true } })) },
      { requiredKeys: [] },
    ),
    patches: fc
      .subarray(removed, { minLength: 1 })
      .map((paths) => paths.map((one) => ({ op: 'remove' as const, path: `/kubelet/configuration/${one}` }))),
    unit: fc.record(
      {
        environment: variables,
        options: fc.record(
          {
            Unit: fc.constant({ After: ['a.service'] }),
            Service: fc.record({
              RestartSec: fc.constantFrom(['3'], []),
              ExecStartPre: fc.constantFrom(['', '/bin/true'], ['']),
            }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const unitFile = '/etc/systemd/system/kubelet.service';
const config = '/var/lib/kubelet/config.yaml';
const started = (line: string, more = {}) => ({
  [unitFile]: `[Service]\nExecStart=${line}\n`,
  [config]: 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nclusterDNS: [10.96.0.10]\n',
  ...more,
});
interface Shape {
  readonly shape: string;
  readonly contents: Record<string, string>;
  readonly version?: string;
  readonly argsVariable?: string;
  /** By default everything. */
  readonly specs?: fc.Arbitrary<Partial<KubeletConfigSpec>>;
}
const fixtures = ['kubeadm-deb', 'kubeadm-rpm', 'eks-al2', 'eks-al2023', 'aks', 'gke', 'kops', 'kubespray', 'kind', 'minikube'];
const shapes: readonly Shape[] = [
  ...[...fixtures, 'typhoon-fcos'].map((shape) => ({ shape, contents: contentsOfNode(shape) })),
  { shape: 'no variable expanded', contents: started(`:/usr/bin/kubelet --config=${config} --v=2 --node-labels=%%`) },
  { shape: 'a shell', contents: started(`/bin/sh -c "exec /usr/bin/kubelet --config=${config}"`) },
  {
    shape: 'a script',
    contents: started('/opt/start-kubelet $MORE'),
    argsVariable: 'MORE',
    specs: fc.record({ kubelet: fc.constant({ flags: { v: 3 } }), unit }, { requiredKeys: ['kubelet'] }),
  },
  { shape: 'two variables', contents: started(`/usr/bin/kubelet --config=${config} $A $B`), argsVariable: 'A' },
  {
    shape: 'a directory of drop-ins',
    contents: started(`/usr/bin/kubelet --config=${config} --config-dir=/etc/k.d`, { '/etc/k.d/10-a.conf': 'maxPods: 3\n' }),
  },
  { shape: 'a kubelet before 1.30', contents: started(`/usr/bin/kubelet --config=${config}`), version: 'v1.29.3' },
];

/** What the node gets from the object, and from the object that is imported from the node that has it. */
async function bothRendered(
  before: Node,
  facts: Node['facts'],
  spec: Partial<KubeletConfigSpec>,
  argsVariable: string | undefined,
) {
  const launcher = { existing: { ...(argsVariable !== undefined && { argsVariable }) } };
  const first = renderedFor(kubeletConfig('imported', { ...spec, launcher }), facts);
  fc.pre(first.kind === 'Rendered');
  const installed = await after(before, first);
  const { files } = first.revision;
  const adopted = await nodeOf({
    ...before.contents,
    ...Object.fromEntries(files.map(({ path, content }) => [path, content])),
  });
  const own = await readWithoutOurs(adopted.files, installed);
  expect(own).toEqual(before.installed);
  const { object, problems } = imported(installed, 'existing', own);
  expect(problems.filter(({ severity }) => severity !== 'notice')).toEqual([]);
  const again = renderedFor(object, { ...facts, installed: own });
  if (again.kind === 'Refused') throw new Error(JSON.stringify(again.problems));
  return [files, again.revision.files];
}

test.each(shapes)('existing: $shape', async ({ contents, version, argsVariable, specs = existing }) => {
  const before = await nodeOf(contents, version);
  const facts = { ...before.facts, ...(version !== undefined && { kubeletVersion: version }) };
  await fc.assert(
    fc.asyncProperty(specs, async (spec) => {
      const [first, again] = await bothRendered(before, facts, spec, argsVariable);
      expect(again).toEqual(first);
    }),
    { numRuns: Math.ceil(generatedSlow / 5) },
  );
});
