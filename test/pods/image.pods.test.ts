/** The image itself: what is in it, what its configuration says, that it runs, and that two builds are the same. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { textOf } from '../manifests/documents.ts';
import { buildah, buildImage, executableOf, firstTag, image, imagesDirectory, type Platform, platforms } from './images.ts';
import { describePods } from './needs.ts';
import { ran } from './outside.ts';

const program = '/usr/local/bin/kubelet-config';
const tagOf = { amd64: firstTag, arm64: `${firstTag}-arm64` } as const;
const contentOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

interface Inspected {
  readonly FromImageDigest: string;
  readonly OCIv1: { readonly created: string; readonly architecture: string; readonly os: string; readonly config: object };
}

describePods('the image', () => {
  const directory = imagesDirectory();
  const inspect = async (tag: string) =>
    JSON.parse(await buildah(directory, 'inspect', '--type=image', `${image}:${tag}`)) as Inspected;
  /** The files of an image, as a directory of this machine. */
  const unpacked = async (platform: Platform) => {
    const container = (await buildah(directory, 'from', '--pull-never', `${image}:${tagOf[platform]}`)).trim();
    return (await buildah(directory, 'mount', container)).trim();
  };

  beforeAll(() => buildImage(directory, 'arm64', tagOf.arm64));

  test.each(platforms)('for %s holds the executable, licences that anyone may read, and no shell', async (platform) => {
    const root = await unpacked(platform);
    expect(contentOf(join(root, program))).toBe(contentOf(join(directory, 'context/out', executableOf[platform])));
    expect(statSync(join(root, program)).mode & 0o7777).toBe(0o755);
    // The number of the machine in the header of an ELF file.
    expect(readFileSync(join(root, program)).readUInt16LE(18)).toBe(platform === 'amd64' ? 62 : 183);
    expect(readFileSync(join(root, 'licenses/LICENSE'), 'utf8')).toBe(textOf('LICENSE'));
    expect(readFileSync(join(root, 'licenses/THIRD_PARTY_LICENSES.txt'), 'utf8')).toContain('Licences of others');
    expect(statSync(join(root, 'licenses/LICENSE')).mode & 0o777).toBe(0o644);
    for (const folder of ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/sbin'])
      expect(existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [], folder).not.toContain('sh');
    expect(readdirSync(join(root, 'usr/local/bin'))).toEqual(['kubelet-config']);
  });

  test.each(platforms)('for %s says what it is, and runs as nobody in particular', async (platform) => {
    const { OCIv1 } = await inspect(tagOf[platform]);
    expect(OCIv1).toMatchObject({ architecture: platform, os: 'linux', created: '1970-01-01T00:00:00Z' });
    const { description, license } = JSON.parse(textOf('package.json'));
    expect(OCIv1.config).toEqual({
      User: '65532:65532',
      WorkingDir: '/',
      Entrypoint: [program],
      Env: expect.any(Array),
      Labels: {
        'org.opencontainers.image.title': 'kubelet-config',
        'org.opencontainers.image.description': description,
        'org.opencontainers.image.source': 'https://github.com/kubelet-config/kubelet-config',
        'org.opencontainers.image.licenses': license,
        'org.opencontainers.image.version': tagOf[platform],
        'org.opencontainers.image.revision': '0123abc',
      },
    });
  });

  test('runs with nothing but its own files, as its user', async () => {
    const root = await unpacked('amd64');
    const said = await ran('chroot', ['--userspec=65532:65532', root, program, '--version']);
    expect(said.trim()).toContain(JSON.parse(textOf('package.json')).version);
  });

  test('is built twice with the same bytes', async () => {
    const before = await inspect(firstTag);
    await buildImage(directory, 'amd64', `${firstTag}-again`, '--no-cache', '--build-arg', `VERSION=${firstTag}`);
    expect((await inspect(`${firstTag}-again`)).FromImageDigest).toBe(before.FromImageDigest);
  });

  test('is not built without the licences of others', async () => {
    const licences = join(directory, 'context/out/THIRD_PARTY_LICENSES.txt');
    renameSync(licences, `${licences}.away`);
    try {
      await expect(buildImage(directory, 'amd64', 'none')).rejects.toThrow('THIRD_PARTY_LICENSES.txt');
    } finally {
      renameSync(`${licences}.away`, licences);
    }
  });
});
