/** Variables that an object sets twice, as far as it can be seen without a node. */

import { describe, expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { renderOf } from './subject.ts';

const dropIn = (content: string, name = '90-own.conf') => ({
  path: `/etc/systemd/system/kubelet.service.d/${name}`,
  mode: '0644',
  content: `[Service]\n${content}\n`,
});
const envFile = { path: '/etc/kubernetes/kubelet.env', mode: '0644', content: 'KUBELET_IMAGE_TAG="v1.6.4_coreos.0"\n' };
const reads = (path: string) => ({ unit: { options: { Service: { EnvironmentFile: [path] } } } });

function problems(spec: Partial<KubeletConfigSpec>): string[] {
  const found = renderOf({ kubelet: { version: 'v1.7.6_coreos.0' }, launcher: { rkt: {} }, ...spec });
  return (found.kind === 'Refused' ? found.problems : found.warnings).map(
    ({ severity, code, path, reason }) => `${severity} ${code} ${path.join('.')} ${reason}`,
  );
}

describe('refused', () => {
  test.each<[string, Partial<KubeletConfigSpec>, RegExp]>([
    [
      'a drop-in of the object',
      { files: [dropIn('Environment=KUBELET_IMAGE_TAG=v1.6.4')] },
      /^error UnitInvalid spec\.files.*sets KUBELET_IMAGE_TAG to "v1\.6\.4"/,
    ],
    [
      'a stronger variable in it',
      { files: [dropIn('Environment=KUBELET_IMAGE=x/y:1')] },
      /KUBELET_IMAGE to "x\/y:1", which counts more than KUBELET_IMAGE_TAG/,
    ],
    ['a variable that it unsets', { files: [dropIn('UnsetEnvironment=KUBELET_IMAGE_TAG')] }, /unsets KUBELET_IMAGE_TAG/],
    [
      'a file of the object that the unit reads',
      { ...reads(envFile.path), files: [envFile] },
      /^error UnitInvalid spec\.files.*kubelet\.env sets KUBELET_IMAGE_TAG to "v1\.6\.4_coreos\.0"/,
    ],
    [
      'a file that a drop-in of the object reads',
      { files: [envFile, dropIn(`EnvironmentFile=-${envFile.path}`)] },
      /kubelet\.env sets KUBELET_IMAGE_TAG/,
    ],
    [
      'an option of the unit',
      { unit: { options: { Service: { UnsetEnvironment: ['KUBELET_IMAGE_TAG'] } } } },
      /^error UnitInvalid spec\.unit\.options\.Service\.UnsetEnvironment/,
    ],
    [
      'a stronger variable of the unit',
      { unit: { environment: { KUBELET_IMAGE: 'x/y:1' } } },
      /^error InvalidValue spec\.unit\.environment\.KUBELET_IMAGE /,
    ],
    [
      'a drop-in that takes the command away',
      { files: [dropIn('ExecStart=')] },
      /^error UnitInvalid spec\.files.*sets ExecStart/,
    ],
    [
      'a variable of the object itself',
      { launcher: { host: {} }, kubelet: {}, unit: { environment: { A: '1' } }, files: [dropIn('Environment=A=2')] },
      /sets A to "2"/,
    ],
  ])('%s', (_, spec, expected) => {
    expect(problems(spec).join('\n')).toMatch(new RegExp(expected.source, 'm'));
  });
});

describe('warned of', () => {
  test('a file that only the node has', () => {
    expect(problems(reads('-/etc/kubernetes/kubelet.env'))).toEqual([
      expect.stringMatching(
        /^warning MayBeOverridden spec\.unit\.options\.Service\.EnvironmentFile .*may override KUBELET_IMAGE_TAG/,
      ),
    ]);
  });

  test('an old name of what is said by a field', () => {
    expect(problems({ unit: { environment: { KUBELET_VERSION: 'v1.2.2_coreos.0' } } })).toEqual([
      expect.stringMatching(/^warning InvalidValue spec\.unit\.environment\.KUBELET_VERSION KUBELET_VERSION has no effect/),
    ]);
  });
});

describe('nothing is wrong with', () => {
  test.each<[string, Partial<KubeletConfigSpec>]>([
    ['the same value', { files: [dropIn('Environment=KUBELET_IMAGE_TAG=v1.7.6_coreos.0')] }],
    ['another variable', { files: [dropIn('Environment=OTHER=1\nPassEnvironment=KUBELET_IMAGE_TAG')] }],
    ['a drop-in that systemd does not read', { files: [dropIn('Environment=KUBELET_IMAGE_TAG=1', '90-own.txt')] }],
    ['a file where we set no variable', { ...reads('/etc/environment'), launcher: { host: {} }, kubelet: {} }],
    [
      'a drop-in before ours',
      {
        files: [dropIn('Environment=A=2', '10-own.conf')],
        unit: { mode: 'DropIn', environment: { A: '1' } },
        launcher: { host: {} },
        kubelet: {},
      },
    ],
  ])('%s', (_, spec) => expect(problems(spec)).toEqual([]));
});
