/** The volumes of a launcher that runs the kubelet in a container. */

import { absolutePath, integer, list, object, optional, text, yesNo } from '../parts.ts';

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
      object('A new empty directory for each start; in memory with podman. Exactly one of hostPath and empty.', {
        mode: optional(
          text('Mode of the directory as a string of octal digits. Default "0755".', {
            maxLength: 4,
            pattern: '^0[0-7]{3}$',
            expects: 'a string of four octal digits that begins with 0, such as "0755"',
          }),
        ),
        uid: optional(integer('Owner of the directory, a number. Default 0.', { minimum: 0, maximum: largestId })),
        gid: optional(integer('Group of the directory, a number. Default 0.', { minimum: 0, maximum: largestId })),
      }),
    ),
    mountPath: optional(
      absolutePath(
        'Where the kubelet sees it. With rkt it may be left out: the volume is then only declared, for a mount point that the image names.',
      ),
    ),
    readOnly: optional(yesNo('Whether the kubelet may only read it. Default false.')),
    recursive: optional(
      yesNo('Whether file systems mounted below hostPath are mounted too (with rkt from 1.15 on). Default false.'),
    ),
  },
  {
    rules: [
      {
        rule: 'has(self.hostPath) != has(self.empty)',
        reason: 'a volume needs exactly one of hostPath and empty',
        remedy: 'set hostPath for a place on the host, or empty: {} for a new directory, which stage1-fly of rkt cannot make',
      },
    ],
  },
);

export const volumes = list(
  'Volumes by name; those of several objects are merged, a volume of the same name is replaced whole.',
  volumeSchema,
  { maxItems: 64, keys: ['name'] },
);
