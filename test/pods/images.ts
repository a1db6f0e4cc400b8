/** The images of the tests with pods: ours by the Containerfile, on a base of Debian's packages, and the one that keeps a pod's network. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackPackages } from './debian.ts';
import { outside, ran } from './outside.ts';

/** The environment names the directory that `makeImages` has filled. */
export const directoryVariable = 'KUBELET_CONFIG_POD_IMAGES';
export const imagesDirectory = () => process.env[directoryVariable] ?? '';

/** As docs/install.md calls it. */
export const image = 'registry.example.com/kubelet-config';
export const [firstTag, secondTag] = ['v0.1.0', 'v0.1.1'];
/** A pod's first container, for which containerd has another image. */
export const pauseImage = 'localhost/pause:1';
/** Of a directory with images, the archives that a node imports. */
export const archives = [pauseImage, `${image}:${firstTag}`, `${image}:${secondTag}`];
export const archiveOf = (directory: string, reference: string) =>
  join(directory, `${reference.replace(/^.*\//, '').replace(':', '-')}.tar`);

/** By the names of Go and of Debian. */
export const platforms = ['amd64', 'arm64'] as const;
export type Platform = (typeof platforms)[number];
export const executableOf = { amd64: 'kubelet-config-linux-x64', arm64: 'kubelet-config-linux-arm64' } as const;

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** buildah with a storage of its own, so that nothing of this machine's is used or changed. @returns its output */
export function buildah(directory: string, ...words: readonly string[]): Promise<string> {
  const storage = ['--root', join(directory, 'storage'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs'];
  return ran('buildah', [...storage, ...words]);
}

/** Fills a directory: the build's context, buildah's storage, and an archive for each image that a node imports. */
export async function makeImages(directory: string): Promise<void> {
  const context = join(directory, 'context');
  mkdirSync(join(context, 'out'), { recursive: true });
  for (const file of ['LICENSE', 'Containerfile', '.containerignore']) copyFileSync(join(repository, file), join(context, file));
  // The release makes the real one; what counts here is that it arrives.
  writeFileSync(join(context, 'out/THIRD_PARTY_LICENSES.txt'), 'Licences of others, for a test.\n');
  await outside('npx', ['tsx', 'hack/executable/main.ts', '--out', join(context, 'out')], repository);
  for (const platform of platforms) await makeBase(directory, platform);
  await buildImage(directory, 'amd64', firstTag);
  await buildImage(directory, 'amd64', secondTag);
  await makePause(directory);
  for (const reference of archives)
    await buildah(directory, 'push', '--quiet', reference, `oci-archive:${archiveOf(directory, reference)}:${reference}`);
}

/** Builds by the Containerfile, as the release does. */
export async function buildImage(directory: string, platform: Platform, tag: string, ...words: readonly string[]): Promise<void> {
  const context = join(directory, 'context');
  const labels = ['--build-arg', `VERSION=${tag}`, '--build-arg', 'REVISION=0123abc'];
  const base = ['--pull-never', '--build-arg', `BASE=localhost/base:${platform}`];
  const reproducible = ['--timestamp', '0', '--identity-label=false'];
  const all = ['--platform', `linux/${platform}`, ...base, ...labels, ...reproducible, '--tag', `${image}:${tag}`, ...words];
  await buildah(directory, 'build', ...all, '--file', join(context, 'Containerfile'), context);
}

/** What the executable needs, and nothing else: no shell. */
async function makeBase(directory: string, platform: Platform): Promise<void> {
  const tree = join(directory, `base-${platform}`);
  await unpackPackages(platform, ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6'], tree);
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0::/:/nologin\nnonroot:x:65532:65532::/:/nologin\n');
  await commit(directory, `localhost/base:${platform}`, ['--arch', platform], tree, '/');
}

async function makePause(directory: string): Promise<void> {
  const tree = join(directory, 'pause');
  await unpackPackages('amd64', ['busybox-static'], tree);
  const entrypoint = ['--entrypoint', '["/busybox", "sleep", "infinity"]'];
  await commit(directory, pauseImage, entrypoint, join(tree, 'bin/busybox'), '/busybox');
}

async function commit(directory: string, name: string, settings: readonly string[], from: string, to: string): Promise<void> {
  const container = (await buildah(directory, 'from', 'scratch')).trim();
  await buildah(directory, 'copy', '--quiet', container, from, to);
  await buildah(directory, 'config', ...settings, container);
  await buildah(directory, 'commit', '--quiet', '--rm', '--identity-label=false', container, name);
}
