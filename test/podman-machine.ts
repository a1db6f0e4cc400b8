/** The real Podman on a throwaway machine, and an image with a stand-in for a kubelet that is made there: no registry is asked. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeletHost } from './kubelet-host.ts';

/** A directory into which `hack/podman-tree` has unpacked podman, for a machine on which it is not installed. */
const tree = process.env['KUBELET_CONFIG_PODMAN_TREE'] ?? '';
export const isMissing = !existsSync(join('/', tree, 'usr/bin/podman'));
if (isMissing) {
  const where = tree === '' ? '/usr/bin/podman' : `podman in KUBELET_CONFIG_PODMAN_TREE=${tree}`;
  process.stderr.write(
    `\nNOT RUN: the tests with the real Podman, for there is no ${where}: apt-get install podman crun, or hack/podman-tree\n`,
  );
}

export const image = 'registry.example.com/kubelet';

/** Answers at /healthz, and prints what it was started with. At verbosity 99 it does not start. */
const kubelet = `#!/bin/sh
case " $* " in *' --v=99 '*) echo 'E0101 cannot parse the certificate: no PEM' >&2; exit 1 ;; esac
trap 'echo I0101 goodbye; kill $server; exit' TERM
echo "I0101 started with $*"
mkdir -p /www && printf ok >/www/healthz
httpd -f -p 127.0.0.1:10248 -h /www &
server=$!
wait
`;

const preparation = `
mkdir -p /etc/containers /var/lib/containers
# This machine may not make a session keyring, and its files are an overlay already.
printf '[containers]\\nkeyring = false\\n' >/etc/containers/containers.conf
mount -t tmpfs containers /var/lib/containers
cd "$(mktemp -d)"
mkdir -p bin usr/bin etc proc sys dev run tmp var/lib srv
for library in /bin/busybox $(ldd /bin/busybox | grep -o '/[^ ]*'); do
  mkdir -p ".\${library%/*}" && cp -L "$library" ".$library"
done
for program in sh mkdir httpd mount; do ln -s busybox "bin/$program"; done
cp /run/kubelet-in-image usr/bin/kubelet
tar -c . | podman import --quiet --change 'ENTRYPOINT ["/usr/bin/kubelet"]' - ${image}:v1.30.2 >/dev/null
podman save --quiet --format oci-archive --output /run/kubelet.oci ${image}:v1.30.2
podman rmi ${image}:v1.30.2 >/dev/null
podman load --quiet --input /run/kubelet.oci >/dev/null
podman image inspect --format '{{.Digest}}' ${image}:v1.30.2`;

/** Installs Podman on the machine, and makes the image. @returns the digest of the image */
export async function preparePodman(host: KubeletHost): Promise<string> {
  if (tree !== '')
    execFileSync('sh', ['-c', 'tar -C "$1" -c . | tar -C "$2" -x --keep-directory-symlink', 'sh', tree, host.root]);
  host.put('/run/kubelet-in-image', kubelet, 0o755);
  return (await host.shell(preparation)).trim();
}
