/** docs/launchers.md: its commands, and where it says that the launchers existing and host differ. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { kubeletConfig } from '../builders.ts';
import { session } from '../cli/session.ts';
import { textOf } from '../manifests/documents.ts';
import { stepsIn, wordsOf } from './page.ts';

const node = join(import.meta.dirname, '../fixtures/nodes/kubeadm-deb');

function onNode() {
  const { root, run, write } = session();
  cpSync(node, root, { recursive: true });
  /** What a change with this launcher does to the settings of the node, in words. */
  const diff = async (launcher: NonNullable<KubeletConfigSpec['launcher']>, more: Partial<KubeletConfigSpec> = {}) => {
    const object = kubeletConfig('workers', {
      launcher,
      kubelet: {
        configuration: { evictionHard: { 'memory.available': '300Mi' }, clusterDNS: ['10.0.0.1'], resolvConf: 'r.conf' },
      },
      ...more,
    });
    const ran = await run(['diff', '-f', write('object.json', JSON.stringify(object)), '--root', root]);
    expect(ran.exitCode, ran.stderr).toBe(1);
    return ran.stdout;
  };
  return { root, run, diff };
}

const commands = stepsIn(textOf('docs/launchers.md')).flatMap((step) => (step.kind === 'Command' ? [step.line] : []));

test.each(commands)('%s', async (line) => {
  const { root, run } = onNode();
  const { words } = wordsOf(line.replace(/^npx kubelet-config /, ''));
  expect(await run(words.map((word) => (word === '/' ? root : word)))).toMatchObject({ exitCode: 0, stderr: '' });
});

test('with existing a map adds to that of the node, a list replaces its list, a path counts from /', async () => {
  const text = await onNode().diff({ existing: {} });
  expect(text).toContain('kubelet changes evictionHard["memory.available"] 100Mi → 300Mi');
  expect(text).toContain('kubelet changes clusterDNS ["10.96.0.10"] → ["10.0.0.1"]');
  expect(text).toContain('→ /r.conf');
  expect(text).not.toContain('kubelet loses');
});

test('with host the object is all: the other thresholds, and what the file of the node said, are gone', async () => {
  const text = await onNode().diff({ host: {} }, { unit: { mode: 'DropIn' }, takeover: 'Replace' });
  expect(text.match(/kubelet loses {3}evictionHard\[/g)).toHaveLength(4);
  expect(text).toContain('kubelet loses   clusterDomain cluster.local → nothing');
  expect(text).toContain('→ /etc/kubernetes/r.conf');
});
