/** spec.launcher.host: a kubelet that is installed on the host. */

import { absolutePath, object, optional } from '../parts.ts';

export const hostDefaults = { binary: '/usr/bin/kubelet' } as const;

export const hostSchema = object('Runs a kubelet binary of the host.', {
  binary: optional(absolutePath(`The kubelet program. Default ${hostDefaults.binary}.`)),
});
