/** The real Podman on a throwaway machine, and an image with a stand-in for a kubelet that is made there: no registry is asked. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

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
const standIn = `cat >usr/bin/kubelet <<'END'
#!/bin/sh
case " $* " in *' --v=99 '*) echo 'E0101 cannot parse the certificate: no PEM' >&2; exit 1 ;; esac
trap 'echo I0101 goodbye; kill $server; exit' TERM
echo "I0101 started with $*"
mkdir -p /www && printf ok >/www/healthz
httpd -f -p 127.0.0.1:10248 -h /www &
server=$!
wait
END
chmod 755 usr/bin/kubelet`;

/** @param kubelet makes usr/bin/kubelet of the image */
const preparation = (kubelet: string, version: string) => `
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
# A kubelet looks for its user there.
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
${kubelet}
tar -c . | podman import --quiet --change 'ENTRYPOINT ["/usr/bin/kubelet"]' - ${image}:${version} >/dev/null
podman save --quiet --format oci-archive --output /run/kubelet.oci ${image}:${version}
podman rmi ${image}:${version} >/dev/null
podman load --quiet --input /run/kubelet.oci >/dev/null
podman image inspect --format '{{.Digest}}' ${image}:${version}`;

/** A machine by its root, and by what runs there. */
interface Machine {
  readonly root: string;
  shell(script: string): Promise<string>;
}

/**
 * Installs Podman on the machine, and makes the image.
 * @param program the kubelet in it, a path of the machine; a stand-in by default
 * @returns the digest of the image
 */
export async function preparePodman(machine: Machine, version: string, program?: string): Promise<string> {
  if (tree !== '')
    execFileSync('sh', ['-c', 'tar -C "$1" -c . | tar -C "$2" -x --keep-directory-symlink', 'sh', tree, machine.root]);
  const kubelet = program === undefined ? standIn : `cp ${program} usr/bin/kubelet`;
  return (await machine.shell(preparation(kubelet, version))).trim();
}
