/** spec.launcher.podman: the kubelet in a Podman container. Reserved: nothing implements it yet. */

import { absolutePath, object, optional, words } from '../parts.ts';
import { volumes } from './volume.ts';

export const podmanSchema = object('Runs the kubelet in a privileged Podman container with the host namespaces. Not built yet.', {
  binary: optional(absolutePath('The podman program. Default /usr/bin/podman.')),
  options: optional(words('Further arguments of podman run, before the image.')),
  volumes: optional(volumes),
});
