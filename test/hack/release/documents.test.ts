/** What a release says: manual page, notes, manifests for krew and Butane. */

import { execFileSync, spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { names } from '../../../hack/release/architectures.ts';
import { butaneConfiguration } from '../../../hack/release/butane.ts';
import { debianVersion } from '../../../hack/release/debian.ts';
import { makeDocuments } from '../../../hack/release/documents.ts';
import { krewManifest } from '../../../hack/release/krew.ts';
import { manifestFiles } from '../../../hack/release/manifests.ts';
import { releaseNotes } from '../../../hack/release/notes.ts';
import { commands } from '../../../src/cli/registry.ts';
import { run } from '../../cli/in-process.ts';

const documents = await makeDocuments('', 1_795_860_000);

describe('the manual page', () => {
  const page = gunzipSync(documents.manPage).toString();

  test('has a section for each command, with its options', () => {
    const sections = [...page.matchAll(/^\.SS (.+)$/gm)].map(([, name]) => name?.replaceAll('\\-', '-'));
    expect(sections).toEqual(Object.keys(commands));
    expect(page).toContain('\\-\\-kubelet\\-version');
  });

  test('has each exit code', () => {
    expect(page).toMatch(/\.B 0\ndone, or nothing to do\n/);
    expect(page).toMatch(/\.B 130, 143\n/);
  });

  test('has no line that roff would take for a request', () => {
    const requests = [...page.matchAll(/^[.'](\S*)/gm)].map(([, name]) => name);
    expect([...new Set(requests)].sort()).toEqual(['B', 'BR', 'I', 'RI', 'SH', 'SS', 'TH', 'TP', 'fi', 'nf']);
  });

  test('has the day of the release', () => {
    expect(page).toMatch(/^\.TH KUBELET-CONFIG 1 "2026-11-28"/);
  });
});

describe('the notes of a release', () => {
  const changelog = '# Changelog\n\n## [Unreleased]\n\n- new\n\n## [0.2.0] - 2026-11-28\n\n- second\n\n## [0.1.0]\n\n- first\n';

  test.each([
    { version: '0.2.0', notes: '## [0.2.0] - 2026-11-28\n\n- second\n' },
    { version: '0.1.0', notes: '## [0.1.0]\n\n- first\n' },
    { version: '0.3.0', notes: '## [Unreleased]\n\n- new\n' },
  ])('of $version are its section', ({ version, notes }) => {
    expect(releaseNotes(changelog, version)).toBe(notes);
  });

  test('are refused without a section', () => {
    expect(() => releaseNotes('# Changelog\n', '0.1.0')).toThrow('has no section [0.1.0]');
  });
});

test.skipIf(spawnSync('dpkg', ['--version']).status !== 0)('a release candidate comes before its release', () => {
  const isBefore = (one: string, other: string) => {
    execFileSync('dpkg', ['--compare-versions', debianVersion(one), 'lt', debianVersion(other)]);
  };
  isBefore('1.0.0-rc.1', '1.0.0');
  isBefore('1.0.0-rc.1', '1.0.0-rc.2');
});

test('krew gets each archive with its hash and its program', () => {
  const archives = [names.x64, names.arm64].map((architecture) => ({ architecture, sha256: `of-${architecture.debian}` }));
  const { spec } = parse(krewManifest('1.2.3', archives));
  expect(spec.version).toBe('v1.2.3');
  // krew's limit.
  expect(spec.shortDescription.length).toBeLessThanOrEqual(50);
  expect(spec.platforms).toEqual(
    ['amd64', 'arm64'].map((arch) =>
      expect.objectContaining({
        selector: { matchLabels: { os: 'linux', arch } },
        uri: expect.stringMatching(`/releases/download/v1.2.3/kubelet-config-1.2.3-linux-${arch}.tar.gz$`),
        sha256: `of-${arch}`,
        bin: 'kubelet-config',
      }),
    ),
  );
});

describe('the configuration of Butane', () => {
  const text = butaneConfiguration('1.2.3', { file: 'kubelet-config-linux-x64', sha256: 'abc' });
  const { storage, systemd } = parse(text);
  const contentOf = (path: string) =>
    storage.files.find((file: { path: string }) => file.path === path)?.contents as Record<string, unknown>;

  test('fetches the executable by its hash, and starts it', () => {
    const program = '/opt/kubelet-config/bin/kubelet-config';
    expect(contentOf(program)).toEqual({
      source: expect.stringMatching(/v1\.2\.3\/kubelet-config-linux-x64$/),
      verification: { hash: 'sha256-abc' },
    });
    const [unit] = systemd.units;
    expect(unit).toMatchObject({ name: 'kubelet-config-agent.service', enabled: true });
    expect(unit.contents).toContain(`ExecStart=${program} agent --approve=self $KUBELET_CONFIG_AGENT_OPTIONS\n`);
    expect(unit.contents).not.toContain('/usr/local');
  });

  test('brings an object that is valid and that the label selects', async () => {
    const object = String(contentOf('/etc/kubelet-config.d/kubelet.yaml')['inline']);
    const [, label] =
      /^KUBELET_CONFIG_AGENT_OPTIONS="--label (\S+)"$/m.exec(String(contentOf('/etc/default/kubelet-config')['inline'])) ?? [];
    const { exitCode, stdout } = await run(['render', '-f', '-', '--label', label ?? ''], { stdin: object });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('maxPods: 110') });
  });
});

test('the manifests of a release are objects with the image of this version', () => {
  for (const [name, text] of Object.entries(manifestFiles())) {
    expect(text.split('\n---\n').length, name).toBeGreaterThan(1);
    expect(text).not.toMatch(/image: ghcr\.io\/kubelet-config\/kubelet-config$/m);
  }
});
