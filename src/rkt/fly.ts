/** Findings about what stage1-fly refuses or ignores (stage1_fly/run/main.go, interface version 5). */

import { cleanPath, quoted } from '../go/text.ts';
import { error, type RktFinding, warning } from './finding.ts';
import { type Mount, mountsOfImage, type Volume, volumesOf } from './mounts.ts';
import { networkNames } from './repeats.ts';
import type { ImageWord, RunWords } from './run-words.ts';
import { all, whenTrue } from './select.ts';

/**
 * Whether the pod runs under stage1-fly. Only the name of a stage1 image tells its flavour; a name without
 * one counts as fly, which the wrapper uses.
 */
export function usesFly(run: RunWords): boolean {
  const stage1 = run.occurrences.find(({ option }) => option.name.startsWith('stage1-'));
  return !/stage1-(?:coreos|host|kvm|src|usr|xen)/.test(stage1?.value ?? '');
}

/** Findings about a run whose stage1 is fly. */
export function flyFindings(run: RunWords): RktFinding[] {
  return [
    ...secondImageFindings(run.images),
    ...run.images.slice(0, 1).flatMap((_, image) => mountFindings(mountsOfImage(run, image).kept, volumesOf(run))),
    ...privateUsersFindings(run),
    ...ignoredFindings(run),
    ...hostsFindings(run),
  ];
}

function secondImageFindings(images: readonly ImageWord[]): RktFinding[] {
  if (images.length < 2) return [];
  const reason = 'fly only supports 1 application per Pod for now';
  const misread = images.find(followsBareOption);
  if (misread?.after) {
    const { option } = misread.after;
    return [
      error(misread.word, reason, `write --${option.name}=${misread.reference}: without = rkt takes the word for an image`),
    ];
  }
  return images.slice(1).map(({ word }) => error(word, reason, 'name one image only'));
}

function followsBareOption({ word, after }: ImageWord): boolean {
  return (
    after?.option.bare !== undefined &&
    after.valueWord === after.word &&
    after.value === after.option.bare &&
    after.word === word - 1
  );
}

function mountFindings(mounts: readonly Mount[], volumes: readonly Volume[]): RktFinding[] {
  return mounts.flatMap((mount, index) => {
    const volume = volumes.find(({ name }) => name === mount.volume);
    if (!volume) return [];
    if (mounts.slice(0, index).some((other) => other.volume === mount.volume)) {
      const reason = `duplicate mount given: ${quoted(mount.volume)}`;
      return [error(mount.at.valueWord, reason, 'stage1-fly mounts a volume once: define a second one with the same source')];
    }
    if (volume.kind === 'empty') {
      return [
        error(
          mount.at.valueWord,
          `can't mount ""`,
          'stage1-fly makes no empty volumes: use a host volume with a directory made for it',
        ),
      ];
    }
    return rootFinding(mount, volume);
  });
}

/**
 * A mount over / of the image hides its programs. Only the host's own root is certain to have programs of its
 * own, so any other mount leaves nothing to execute.
 */
function rootFinding({ target, at }: Mount, { source }: Volume): RktFinding[] {
  if (target !== '' && cleanPath(target) !== '/') return [];
  const remedy = target === '' ? 'add target=/PATH' : 'mount it at a path below /';
  if (cleanPath(source ?? '') === '/') {
    return [warning(at.valueWord, 'the mount covers / of the image: the programs of the host run in its place', remedy)];
  }
  return [error(at.valueWord, `can't execute`, `${remedy}: this mount covers / and with it all programs of the image`)];
}

function privateUsersFindings(run: RunWords): RktFinding[] {
  const found = whenTrue(run, 'private-users');
  return found
    ? [error(found.word, 'flag provided but not defined: -private-users', 'remove it: stage1-fly has no user namespaces')]
    : [];
}

function ignoredFindings(run: RunWords): RktFinding[] {
  return run.occurrences
    .filter(
      ({ option, value }) =>
        option.fly === 'ignored' && value !== 'false' && !(option.name === 'net' && networkNames(value).includes('host')),
    )
    .map(({ option, word }) =>
      warning(
        word,
        `stage1-fly ignores --${option.name}`,
        option.name === 'net' ? 'remove it or write --net=host: fly always uses the network of the host' : 'remove it',
      ),
    );
}

function hostsFindings(run: RunWords): RktFinding[] {
  return all(run, 'hosts-entry')
    .filter(({ value }) => value !== 'host')
    .map(({ valueWord }) =>
      warning(
        valueWord,
        'under stage1-fly this fails when the image has no /etc/hosts',
        'put the name into /etc/hosts of the machine and use --hosts-entry=host',
      ),
    );
}
