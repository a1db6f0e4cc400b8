/** docs/helm.md as a reader follows it, with real Helm and a real API server. */

import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { succeed } from '../cluster/kubelet-configs.ts';
import { stepsIn } from '../docs/page.ts';
import { at, digest, kubeletConfig } from './chart-objects.ts';
import { textOf } from './documents.ts';
import { describeHelm, setUpCluster } from './helm.ts';

describeHelm('docs/helm.md', () => {
  const its = setUpCluster();
  /** As the reader has the checkout. */
  const follow = async (title: string) => {
    const directory = mkdtempSync(join(its.scratch, 'reader-'));
    symlinkSync(at('manifests'), join(directory, 'manifests'));
    for (const step of stepsIn(page)) if (step.kind === 'File') writeFileSync(join(directory, step.path), step.content);
    const commands = stepsIn(sectionOf(title)).flatMap((step) => (step.kind === 'Command' ? [step.line] : []));
    expect(commands.length, `commands of ${title}`).toBeGreaterThan(0);
    for (const line of commands) {
      // No controller manager runs here that would empty the namespace.
      const waits = line.startsWith('kubectl delete namespace') ? ' --wait=false' : '';
      const { exitCode, stdout, stderr } = await its.helm.shell(line + waits, directory);
      expect(exitCode, `${line}\n${stdout}${stderr}`).toBe(0);
    }
  };
  const page = textOf('docs/helm.md');
  const sectionOf = (title: string) => {
    const text = page.split(/^## /m).find((section) => section.startsWith(`${title}\n`));
    if (text === undefined) throw new Error(`docs/helm.md has no section ${title}`);
    return text;
  };
  const images = async () =>
    (await succeed(its.plane, ['get', 'deployment,daemonset', '-n', 'kubelet-config', '-o', 'jsonpath={..image}'])).split(' ');

  it('installs, changes values, updates and uninstalls as it says', async () => {
    await follow('Install');
    expect(new Set(await images())).toEqual(new Set([expect.stringMatching(/^registry\.example\.com\/kubelet-config:v/)]));
    await succeed(its.plane, ['create', '-f', '-'], JSON.stringify(kubeletConfig('workers')));
    await follow('Change values');
    expect(new Set(await images())).toEqual(new Set([`registry.example.com/kubelet-config@${digest}`]));
    await follow('Update');
    expect(new Set(await images())).toEqual(new Set([`registry.example.com/kubelet-config@${digest}`]));
    await follow('Uninstall');
    expect(await succeed(its.plane, ['get', 'crd,clusterrole,validatingadmissionpolicy', '-o', 'name'])).not.toContain(
      'kubelet-config',
    );
  });
});

describeHelm('docs/helm.md, from kustomize to Helm', () => {
  const its = setUpCluster();
  it('takes the objects over, and replaces no pod', async () => {
    await succeed(its.plane, ['apply', '-k', at('manifests')]);
    const specs = () =>
      succeed(its.plane, [
        'get',
        'deployment,daemonset',
        '-n',
        'kubelet-config',
        '-o',
        'jsonpath={range .items[*]}{.metadata.uid}{.spec}{end}',
      ]);
    const before = await specs();
    const [command = ''] = textOf('docs/helm.md').match(/^helm install .*--take-ownership$/m) ?? [];
    const { exitCode, stdout, stderr } = await its.helm.shell(command, at('.'));
    expect(exitCode, stdout + stderr).toBe(0);
    expect(await specs()).toBe(before);
  });
});
