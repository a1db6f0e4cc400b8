/** spec.launcher.rkt: the kubelet in rkt, as CoreOS's kubelet-wrapper runs it. */

import { absolutePath, choice, notEmpty, object, optional, text, words, writtenPath } from '../parts.ts';
import { volumes } from './volume.ts';

export const rktDefaults = {
  binary: '/usr/bin/rkt',
  uuidFile: '/var/lib/kubelet-config/kubelet-pod.uuid',
  wrapper: { path: '/opt/bin/kubelet-wrapper', source: 'Auto' },
} as const;

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
    ...notEmpty,
  },
);

export const rktSchema = object("Runs the kubelet in rkt, as CoreOS's kubelet-wrapper does.", {
  binary: optional(absolutePath(`The rkt program. Default ${rktDefaults.binary}.`)),
  globalArgs: optional(words('Arguments between rkt and run.')),
  stage1: optional(stage1Schema),
  imageArgs: optional(words('Arguments after the image. Given, they replace the default --exec=/kubelet.')),
  options: optional(words('Further arguments of rkt run, before the image.')),
  uuidFile: optional(
    writtenPath(
      absolutePath(
        `Where rkt saves the UUID of the pod, so that the unit can stop it and remove it also after a reboot. Default ${rktDefaults.uuidFile}. Must be a place the agent allows.`,
      ),
      // The default lies beside the agent's own state, where an object may write nothing else, because it
      // must outlive a reboot.
      { exempt: rktDefaults.uuidFile },
    ),
  ),
  wrapper: optional(
    object(
      'The script that systemd starts.',
      {
        path: optional(
          writtenPath(
            absolutePath(
              `Where the managed script is written. Default ${rktDefaults.wrapper.path}. Must be a place the agent allows.`,
            ),
          ),
        ),
        source: optional(
          choice(
            'Whose script it is. Shipped: the one CoreOS has at /usr/lib/coreos/kubelet-wrapper. Managed: our own. Auto (the default): Shipped on CoreOS 962.0.0 and later, else Managed.',
            ['Auto', 'Managed', 'Shipped'],
          ),
        ),
      },
      notEmpty,
    ),
  ),
  volumes: optional(volumes),
});
