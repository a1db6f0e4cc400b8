/** spec.launcher: how the kubelet is started. */

import { mergedDefaults } from '../defaults.ts';
import { absolutePath, choice, integer, list, object, optional, text, words, yesNo } from './parts.ts';

const { rkt, podman, host, existing, volume } = mergedDefaults;
const largestId = 2 ** 32 - 1;

export const volumeSchema = object(
  'A directory or file of the host, or an empty directory, that the kubelet sees.',
  {
    name: text(
      'Name of the volume, unique in the list. An object of higher priority replaces the whole volume of the same name.',
      {
        maxLength: 63,
        pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
        expects: 'lower case letters, digits and dashes, with a letter or digit at both ends',
      },
    ),
    hostPath: optional(absolutePath('File or directory of the host. Exactly one of hostPath and empty.')),
    empty: optional(
      object('A new empty directory for each pod. Exactly one of hostPath and empty.', {
        mode: optional(
          text(`Mode of the directory as a string of octal digits. Default "${volume.empty.mode}".`, {
            maxLength: 4,
            pattern: '^0[0-7]{3}$',
            expects: 'a string of four octal digits that begins with 0, such as "0755"',
          }),
        ),
        uid: optional(
          integer(`Owner of the directory, a number. Default ${volume.empty.uid}.`, { minimum: 0, maximum: largestId }),
        ),
        gid: optional(
          integer(`Group of the directory, a number. Default ${volume.empty.gid}.`, { minimum: 0, maximum: largestId }),
        ),
      }),
    ),
    mountPath: optional(
      absolutePath('Where the kubelet sees it. Without it the volume is only declared, for a mount point that the image names.'),
    ),
    readOnly: optional(yesNo(`Whether the kubelet may only read it. Default ${volume.readOnly}.`)),
    recursive: optional(
      yesNo(`Whether file systems mounted below hostPath are mounted too (rkt 1.15 and later). Default ${volume.recursive}.`),
    ),
  },
  {
    rules: [
      {
        rule: 'has(self.hostPath) != has(self.empty)',
        reason: 'a volume needs exactly one of hostPath and empty',
        remedy: 'set hostPath for a place on the host, or empty: {} for a new directory',
      },
    ],
  },
);

const volumes = list(
  'Volumes by name; those of several objects are merged, a volume of the same name is replaced whole.',
  volumeSchema,
  { maxItems: 64, keys: ['name'] },
);

const stage1Schema = object(
  'The stage1 image of rkt, in at most one of these forms. Default: stage1-fly from the stage1 directory.',
  {
    path: optional(text('Path of a stage1 image (--stage1-path).', { maxLength: 4096 })),
    url: optional(text('URL of a stage1 image (--stage1-url).', { maxLength: 4096 })),
    name: optional(text('Name of a stage1 image (--stage1-name).', { maxLength: 512 })),
    hash: optional(text('Hash of a stage1 image in the local store (--stage1-hash).', { maxLength: 256 })),
    fromDir: optional(text('File name in the stage1 directory (--stage1-from-dir).', { maxLength: 512 })),
  },
  {
    rules: [
      {
        rule: '[has(self.path), has(self.url), has(self.name), has(self.hash), has(self.fromDir)].filter(x, x).size() <= 1',
        reason: 'stage1 takes at most one of path, url, name, hash, fromDir',
        remedy: 'keep one of them',
      },
    ],
  },
);

export const rktSchema = object("Runs the kubelet in rkt, as CoreOS's kubelet-wrapper does.", {
  binary: optional(absolutePath(`The rkt program. Default ${rkt.binary}.`)),
  globalArgs: optional(words('Arguments between rkt and run.')),
  stage1: optional(stage1Schema),
  imageArgs: optional(words('Arguments after the image. Given, they replace the default --exec=/kubelet.')),
  options: optional(words('Further arguments of rkt run, before the image.')),
  uuidFile: optional(
    absolutePath(
      `Where rkt saves the UUID of the pod, so that the unit can stop it and remove it also after a reboot. Default ${rkt.uuidFile}. Must be a place the agent allows.`,
    ),
  ),
  wrapper: optional(
    object('The script that systemd starts.', {
      path: optional(
        absolutePath(`Where the managed script is written. Default ${rkt.wrapper.path}. Must be a place the agent allows.`),
      ),
      source: optional(
        choice(
          'Whose script it is. Shipped: the one CoreOS has at /usr/lib/coreos/kubelet-wrapper. Managed: our own. Auto (the default): Shipped on CoreOS 962.0.0 and later, else Managed.',
          ['Auto', 'Managed', 'Shipped'],
        ),
      ),
    }),
  ),
  volumes: optional(volumes),
});

const podmanSchema = object('Runs the kubelet in a privileged Podman container with the host namespaces. Not built yet.', {
  binary: optional(absolutePath(`The podman program. Default ${podman.binary}.`)),
  options: optional(words('Further arguments of podman run, before the image.')),
  volumes: optional(volumes),
});

export const hostSchema = object('Runs a kubelet binary of the host.', {
  binary: optional(absolutePath(`The kubelet program. Default ${host.binary}.`)),
});

const existingSchema = object(
  "Leaves the node's own kubelet.service as it is and adds flags and configuration to it through a drop-in. Not built yet.",
  {
    argsVariable: optional(
      text(`The environment variable through which the unit takes further arguments. Default ${existing.argsVariable}.`, {
        maxLength: 128,
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        expects: 'the name of an environment variable: letters, digits and _, not beginning with a digit',
      }),
    ),
  },
);

export const launcherSchema = object(
  'How the kubelet is started: exactly one of the members. Leave launcher out altogether to inherit it; naming another member replaces the launcher of an object with lower priority.',
  {
    rkt: optional(rktSchema),
    podman: optional(podmanSchema),
    host: optional(hostSchema),
    existing: optional(existingSchema),
  },
  {
    // Not required of each object, only of what a node gets in the end: hence a rule on launcher and not on spec.
    rules: [
      {
        rule: '[has(self.rkt), has(self.podman), has(self.host), has(self.existing)].filter(x, x).size() == 1',
        reason: 'launcher needs exactly one of rkt, podman, host, existing',
        remedy: 'name one of them, or leave launcher out altogether to inherit it',
      },
    ],
  },
);
