/** Fetches the image as `podman run` would, before the kubelet is stopped. */

import type { FetchCommand } from '../launcher.ts';

interface Option {
  readonly name: string;
  readonly value: string | undefined;
}

/** The options of `podman run` that say how an image is fetched, which `podman pull` takes too. */
const pullOptions = ['authfile', 'tls-verify', 'arch', 'os', 'platform', 'variant', 'decryption-key'];

/**
 * By the pull policy of the options: an image that is there is not fetched again, as Podman's own `missing`
 * says; with `never` it is only looked for; with `always` and `newer` the registry is asked each time.
 */
export function fetchOf(binary: string, options: readonly Option[], reference: string): FetchCommand {
  const policy = options.findLast(({ name }) => name === 'pull')?.value ?? 'missing';
  const inspect = [binary, 'image', 'inspect', '--format={{.Id}}', reference];
  if (policy === 'never') return { command: inspect };
  const further = options
    .filter(({ name }) => pullOptions.includes(name))
    .map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
  const command = [binary, 'pull', '--quiet', ...further, reference];
  return policy === 'missing' ? { present: inspect, command } : { command };
}
