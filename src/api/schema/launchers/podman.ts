/** spec.launcher.podman: the kubelet in a privileged Podman container, as the wrapper ran it in rkt. */

import { absolutePath, object, optional, words } from '../parts.ts';
import { volumes } from './volume.ts';

export const podmanDefaults = { binary: '/usr/bin/podman' } as const;

export const podmanSchema = object(
  'Runs the kubelet in a privileged Podman container with the namespaces of the host. Needs kubelet.image, and Podman 4.0 or later.',
  {
    binary: optional(absolutePath(`The podman program. Default ${podmanDefaults.binary}.`)),
    options: optional(
      words(
        'Further arguments of podman run, before the image: each as --name=value, or as --name and its value in the next item.',
      ),
    ),
    volumes: optional(volumes),
  },
);
