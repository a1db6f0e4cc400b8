/** Where the image stands in `podman run …`, and so which words reach the kubelet in it. Pure. */

import { lastNameOf } from '../../systemd/install-links.ts';

/** The options of `podman run` 4 that take no value. */
export const runSwitches: ReadonlySet<string> = new Set(
  [
    ['detach', 'disable-content-trust', 'env-host', 'help', 'http-proxy', 'init', 'interactive', 'no-healthcheck', 'no-hosts'],
    [
      'no-hostname',
      'oom-kill-disable',
      'passwd',
      'privileged',
      'publish-all',
      'quiet',
      'read-only',
      'read-only-tmpfs',
      'replace',
    ],
    ['rm', 'rmi', 'rootfs', 'sig-proxy', 'tls-verify', 'tty', 'unsetenv-all'],
  ].flat(),
);

/**
 * The place of the image in a command of `podman run`, `docker run` or `nerdctl run`; undefined for another
 * command, or if it has no image. A word that only the machine knows is the empty text.
 */
export function imagePlace(command: readonly string[]): number | undefined {
  const [program = ''] = command;
  if (!['podman', 'docker', 'nerdctl'].includes(lastNameOf(program))) return undefined;
  const verb = command.indexOf('run');
  if (verb < 0) return undefined;
  let index = verb + 1;
  while (index < command.length) {
    const word = command[index] ?? '';
    if (!word.startsWith('-')) return index;
    index += takesNext(word) ? 2 : 1;
  }
  return undefined;
}

function takesNext(word: string): boolean {
  if (word.startsWith('--')) return !word.includes('=') && !runSwitches.has(word.slice(2));
  return word.length === 2 && !['-d', '-i', '-t', '-q', '-P'].includes(word);
}

/**
 * The folders of the host that the container of such a command sees under the same path, by `--volume` and
 * `--mount`.
 */
export function samePlaces(command: readonly string[]): readonly string[] {
  const options = command.slice(0, imagePlace(command) ?? command.length);
  const valuesOf = (name: RegExp) =>
    options.flatMap((word, index) => {
      const [, is, glued] = name.exec(word) ?? [];
      if (is === undefined) return [];
      return [glued ?? options[index + 1] ?? ''];
    });
  const volumes = valuesOf(/^(--volume|-v)(?:=(.*))?$/).map((value) => value.split(':'));
  const mounts = valuesOf(/^(--mount)(?:=(.*))?$/).map((value) => {
    const fields = value.split(',');
    const fieldOf = (names: readonly string[]) => fields.find((one) => names.some((name) => one.startsWith(`${name}=`)));
    return [
      ['source', 'src'],
      ['target', 'destination', 'dst'],
    ].map((names) => fieldOf(names)?.replace(/^[a-z]+=/, ''));
  });
  return [...volumes, ...mounts].flatMap(([from = '', to]) => (from === to && from.startsWith('/') ? [withoutSlash(from)] : []));
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
