import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/json.ts';
import type { Problem } from '../../src/api/problem.ts';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { applyPatches } from '../../src/desired/patch.ts';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';

type Patch = NonNullable<KubeletConfigSpec['patches']>[number];
const fields: Json = {
  kubelet: { version: 'v1.30.2', flags: { v: 2, token: 'hunter2' }, configuration: {} },
  files: [{ path: '/opt/bin/a', content: 'x' }],
};
const patch = (one: Patch) => applyPatches(fields, kubeletConfig('patch', { patches: [one] }));

describe('a patch that fails says what is there:', () => {
  test.each<[Patch, string]>([
    [{ op: 'test', path: '/kubelet/flags/v', value: 3 }, 'it is 2, not 3'],
    [{ op: 'test', path: '/kubelet/flags', value: {} }, 'it is {"v":2,'],
    [{ op: 'replace', path: '/kubelet/flags/x', value: 3 }, 'there is no /kubelet/flags/x; /kubelet/flags has v, token'],
    [{ op: 'add', path: '/unit/environment/A', value: 'b' }, 'there is no /unit; the merged spec has kubelet, files'],
    [{ op: 'replace', path: '/kubelet/configuration/maxPods', value: 3 }, '/kubelet/configuration is empty'],
    [{ op: 'add', path: '/kubelet/version/x', value: 3 }, '/kubelet/version is "v1.30.2"'],
    [{ op: 'replace', path: '/files/4/mode', value: '0644' }, 'there is no /files/4; /files is a list of 1 item'],
    [{ op: 'test', path: '/kubelet/nothing', value: 3 }, 'there is no /kubelet/nothing; /kubelet has version, flags'],
  ])('%j', (one, reason) => {
    expect(patch(one).problems).toMatchObject([{ code: 'PatchFailed', reason: expect.stringContaining(reason) }]);
  });

  test('but no secret', () => {
    const { problems } = patch({ op: 'test', path: '/kubelet/flags/token', value: 'swordfish' });
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|swordfish/);
  });
});

const head = `apiVersion: kubelet-config.dev/v1alpha1
kind: KubeletConfig
metadata: {name: a}
spec:
  nodeSelector: {matchLabels: {}}
  launcher: {host: {}}
  kubelet: {version: v1.30.2, flags: {v: 2}}
  files: [{path: /opt/bin/a, content: x}]
  patches:
    - {op: test, path: /kubelet/flags/v, value: 2}
`;

test.each([
  ['of the schema', '{op: add, path: /unit, value: {mode: Replaec}}', 11, 'Replaec', 'spec.unit.mode'],
  ['of a kubelet', '{op: add, path: /kubelet/flags/max-pods, value: many}', 11, 'value', 'spec.kubelet.flags["max-pods"]'],
  ['in an item', '{op: add, path: /files/0/mode, value: "0999"}', 11, '"0999"', 'spec.files[0].mode'],
  ['of an item', '{op: add, path: /files/-, value: {path: /etc/b}}', 11, '/etc/b', 'spec.files["/etc/b"].path'],
])('an error in the value of a patch points at the patch: one %s', async (_what, one, line, found, field) => {
  const { stdout } = await run(['render', '-f', '-', '-o', 'json'], { stdin: `${head}    - ${one}\n` });
  const errors = JSON.parse(stdout).problems.filter(({ severity }: Problem) => severity === 'error');
  expect(errors).toHaveLength(1);
  const [{ position }] = errors;
  expect(position.line).toBe(line);
  expect(position.excerpt.slice(position.column - 1)).toMatch(new RegExp(`^${found.replace(/[/"]/g, '.')}`));
  const { stderr } = await run(['render', '-f', '-'], { stdin: `${head}    - ${one}\n` });
  expect(stderr).toContain(`${field}: `);
});
